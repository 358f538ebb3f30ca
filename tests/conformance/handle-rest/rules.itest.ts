import { describe, expect, it } from "vitest";
import { FILES, type RecordedResponse, readRecording } from "./recording.ts";
import { compareAnswers } from "./rules.ts";

const NOW = Date.parse("2031-05-06T07:08:09Z");
const WHEN_RECORDED = Date.parse("2026-11-21T19:20:00Z");
const JSON_TYPE = ["Content-Type", "application/json;charset=utf-8"] as const;
const IGNORED = ["Transfer-Encoding", "Connection"];

function answer(body: string, ...headers: [string, string][]): RecordedResponse {
  return { status: 200, headers: [JSON_TYPE, ...headers], body };
}

function fields(expected: RecordedResponse, got: RecordedResponse, now = NOW): readonly string[] {
  return compareAnswers(expected, got, now).map(({ field }) => field);
}

/** Every recorded answer, with its place. */
async function recordedAnswers(): Promise<readonly (readonly [string, RecordedResponse])[]> {
  const recordings = await Promise.all(FILES.map(readRecording));
  return recordings.flatMap(({ file, exchanges }) =>
    exchanges.flatMap(({ n, steps }) => steps.map(({ response }) => [`${file} ${n}`, response] as const)),
  );
}

/** Every JSON that differs from `value` in one leaf. */
function* changedOnce(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (const [i, element] of value.entries()) {
      for (const changed of changedOnce(element)) yield value.with(i, changed);
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      for (const changed of changedOnce(member)) yield { ...value, [key]: changed };
    }
  } else if (typeof value === "string") yield `${value}x`;
  else if (typeof value === "number") yield value + 1;
  else yield !value;
}

describe("recorded answers", () => {
  it("are equal to themselves", async () => {
    for (const [place, response] of await recordedAnswers()) {
      expect(compareAnswers(response, response, WHEN_RECORDED), place).toEqual([]);
    }
  });

  it("differ from themselves at another time, where they hold timestamps", async () => {
    for (const [place, response] of await recordedAnswers()) {
      const dated = /^[^<]*"timestamp": ?"/.test(response.body);
      expect(fields(response, response).length > 0, place).toBe(dated);
    }
  });

  it("differ in their status", async () => {
    for (const [place, response] of await recordedAnswers()) {
      expect(fields(response, { ...response, status: 299 }, WHEN_RECORDED), place).toEqual(["status"]);
    }
  });

  it("differ in each compared header that is missing, and in one that is too many", async () => {
    for (const [place, response] of await recordedAnswers()) {
      for (const [name] of response.headers.filter(([key]) => !IGNORED.includes(key))) {
        const headers = response.headers.filter(([key]) => key !== name);
        expect(fields(response, { ...response, headers }, WHEN_RECORDED), place).toEqual([`header ${name}`]);
      }
      const headers = [...response.headers, ["Server", "x"] as const];
      expect(fields(response, { ...response, headers }, WHEN_RECORDED), place).toEqual(["header Server"]);
    }
  });

  it("differ in every leaf of a JSON body but those of a server's own site and status", async () => {
    const own = ["01-resolve 58", "05-auth-sessions 67"];
    for (const [place, response] of await recordedAnswers()) {
      if (!response.body.startsWith("{") || own.includes(place)) continue;
      for (const changed of changedOnce(JSON.parse(response.body))) {
        const got = { ...response, body: JSON.stringify(changed) };
        expect(fields(response, got, WHEN_RECORDED).length, `${place} ${got.body}`).toBeGreaterThan(0);
      }
    }
  });

  it("differ from an empty body, and an empty one from any", async () => {
    for (const [place, response] of await recordedAnswers()) {
      const body = response.body === "" ? "{}" : "";
      expect(fields(response, { ...response, body }, WHEN_RECORDED), place).toEqual(["body"]);
    }
  });
});

describe("headers", () => {
  it("are compared as sets where they are lists", () => {
    const one = answer(
      "{}",
      ["Vary", "Origin"],
      ["Vary", "Accept-Encoding, User-Agent"],
      ["Allow", "GET, PUT"],
    );
    const other = answer("{}", ["Vary", "user-agent,accept-encoding,origin"], ["Allow", "PUT,GET"]);
    expect(fields(one, other)).toEqual([]);
    expect(fields(one, answer("{}", ["Vary", "Origin"], ["Allow", "GET"]))).toEqual([
      "header Vary",
      "header Allow",
    ]);
  });

  it("are compared as a date where they are reckoned from the time of the request", () => {
    const one = answer("{}", ["Expires", "Sun, 22 Nov 2026 19:21:28 GMT"]);
    expect(fields(one, answer("{}", ["Expires", "Wed, 07 May 2031 07:08:09 GMT"]))).toEqual([]);
    expect(fields(one, answer("{}", ["Expires", "soon"]))).toEqual(["header Expires"]);
  });

  it("may have an ETag more, and say so to browsers", () => {
    const one = answer("{}", ["Access-Control-Expose-Headers", "Content-Length"]);
    const other = answer("{}", ["ETag", '"7"'], ["Access-Control-Expose-Headers", "ETag,Content-Length"]);
    expect(fields(one, other)).toEqual([]);
  });

  it("are compared line by line where they are challenges", () => {
    const basic: [string, string] = ["WWW-Authenticate", 'Basic realm="handle"'];
    const handle: [string, string] = ["WWW-Authenticate", 'Handle sessionId="s", nonce="n"'];
    expect(fields(answer("{}", basic, handle), answer("{}", basic, handle))).toEqual([]);
    expect(fields(answer("{}", basic, handle), answer("{}", handle, basic))).toEqual([
      "header WWW-Authenticate",
    ]);
  });
});

describe("JSON bodies", () => {
  const value = (index: number, text: string): object => ({ index, type: "T", data: text });
  const record = (...values: readonly object[]): string => JSON.stringify({ responseCode: 1, values });

  it("may have their values in any order", () => {
    const [a, b] = [value(1, "a"), value(2, "b")];
    expect(fields(answer(record(a, b)), answer(record(b, a)))).toEqual([]);
  });

  it("name the value and the member that differ", () => {
    const expected = answer(record(value(1, "a"), value(2, "b"), value(3, "c")));
    const got = answer(record(value(4, "d"), value(2, "B"), value(1, "a")));
    expect(fields(expected, got)).toEqual(["values[2].data", "values[3]", "values[4]"]);
  });

  it("have lists other than the values in order", () => {
    const expected = answer('{"handles":["A/1","A/2"]}');
    expect(fields(expected, answer('{"handles":["A/2","A/1"]}'))).toEqual(["handles"]);
  });

  it("have timestamps of now, and of the right form", () => {
    const at = (time: string): RecordedResponse => answer(`{"values":[{"index":1,"timestamp":"${time}"}]}`);
    const expected = at("2026-11-21T19:18:37Z");
    expect(fields(expected, at("2031-05-06T07:00:00Z"))).toEqual([]);
    for (const other of ["2031-05-06T07:00:00.000Z", "2031-05-06T05:00:00Z", "2001-02-03T04:05:06Z"]) {
      expect(fields(expected, at(other))).toEqual(["values[1].timestamp"]);
    }
  });

  it("differ in the order of their members and in their text when in nothing else", () => {
    const expected = answer('{"a":{"b":"\\u2028","c":2}}');
    expect(fields(expected, answer('{"a":{"c":2,"b":"\\u2028"}}'))).toEqual(["key order"]);
    expect(fields(expected, answer('{"a":{"b":"\u2028","c":2}}'))).toEqual(["text"]);
    expect(fields(expected, answer('{"a": {"b":"\\u2028","c":2}}'))).toEqual(["text"]);
  });

  it("differ in the function that JSONP calls", () => {
    expect(fields(answer('a({"b":1});'), answer('a({"b":1});'))).toEqual([]);
    expect(fields(answer('a({"b":1});'), answer('c({"b":2});'))).toEqual(["callback", "b"]);
    expect(fields(answer('a({"b":1});'), answer('{"b":1}'))).toEqual(["body"]);
  });
});

describe("other bodies", () => {
  const typed = (type: string, body: string): RecordedResponse => ({
    status: 200,
    headers: [["Content-Type", type]],
    body,
  });

  it("are pages that show the handle or the address of the recorded one, escaped", () => {
    const expected = typed("text/html", '<body><a href="https://x/?a&amp;b">https://x/?a&amp;b</a></body>');
    expect(fields(expected, typed("text/html", "<p>To https://x/?a&amp;b</p>"))).toEqual([]);
    expect(fields(expected, typed("text/html", "<p>To https://x/?a&b</p>"))).toEqual(["body"]);
  });

  it("are pages that ask for the handle that the recorded one asks for", async () => {
    const { exchanges } = await readRecording("09-proxy");
    const page = exchanges.find(({ n }) => n === 28)?.steps[0]?.response.body ?? "";
    const form = typed("text/html", '<form method="post"><input name="hdl"></form>');
    expect(fields(typed("text/html", page), form)).toEqual([]);
    expect(fields(typed("text/html", page), typed("text/html", "<form></form>"))).toEqual(["body"]);
  });

  it("are pages that name every handle that a recorded page names", async () => {
    const { exchanges } = await readRecording("09-proxy");
    const pages = exchanges.flatMap(({ n, steps }) =>
      steps
        .filter(({ response }) => response.body.startsWith("<!DOCTYPE"))
        .map(({ response }) => ({ n, response })),
    );
    const blank = pages.filter(({ response }) => fields(response, { ...response, body: "<p>" }).length === 0);
    expect(pages.length).toBeGreaterThan(8);
    expect(blank).toEqual([]);
  });

  it("are XML whose attributes may come in any order", () => {
    const expected = typed("text/xml", '<l>\n<a b="1" c="2"/>\n<d/>\n</l>\n');
    expect(fields(expected, typed("text/xml", '<l><a c="2" b="1"/><d/></l>'))).toEqual([]);
    expect(fields(expected, typed("text/xml", '<l><d/><a c="2" b="1"/></l>'))).toEqual(["body"]);
    expect(fields(expected, typed("text/xml", '<l><a c="2" b="3"/><d/></l>'))).toEqual(["body"]);
  });

  it("are the lines of the request that TRACE gives back", () => {
    const expected = typed("message/http", "TRACE / HTTP/1.1\nHost: h\n");
    expect(
      fields(expected, typed("message/http", "TRACE / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")),
    ).toEqual([]);
    expect(fields(expected, typed("message/http", "TRACE / HTTP/1.1\r\n\r\n"))).toEqual(["body"]);
  });
});
