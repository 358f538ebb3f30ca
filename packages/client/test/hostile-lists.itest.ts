import { isHandleError } from "@handlekit/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  answer,
  answering,
  errorOf,
  GOOD,
  HANDLE,
  open,
  PASSWORD,
  plain,
  secure,
} from "./hostile-support.ts";

/** A server whose pages of a list are these, by their number. */
const listing = (page: (n: number) => { readonly total?: unknown; readonly handles: unknown }) =>
  secure((request, out) => {
    const n = Number(new URL(request.url ?? "", "https://x").searchParams.get("page"));
    const { total = "1000000", handles } = page(n);
    out.end(JSON.stringify({ responseCode: 1, prefix: "20.500.12345", totalCount: total, handles }));
  });

async function listed(server: string, most = 100) {
  const warnings: string[] = [];
  const handles: string[] = [];
  const client = open(server);
  for await (const handle of client.list("20.500.12345", {
    pageSize: 2,
    onWarning: (text) => warnings.push(text),
  })) {
    handles.push(handle);
    if (handles.length === most) break;
  }
  return { handles, warnings };
}

describe("a list of a hostile server", () => {
  const page = (...names: readonly string[]) => ({ handles: names.map((name) => `20.500.12345/${name}`) });

  it.each([1, 2, 3, 10])("that goes round in a circle of %i pages ends, with a warning", async (length) => {
    const { handles, warnings } = await listed(
      await listing((n) => page(`a${n % length}`, `b${n % length}`)),
    );
    expect(handles).toHaveLength(2 * length);
    expect(warnings).toEqual([expect.stringContaining("repeats a page")]);
  });

  it("goes round later, too", async () => {
    const { handles, warnings } = await listed(await listing((n) => page(`a${n < 5 ? n : 5 + (n % 2)}`)));
    expect([handles.length, warnings.length]).toEqual([7, 1]);
  });

  it("has no handles of other prefixes, which one warning names", async () => {
    const foreign = [
      "20.500.1234/5",
      "20.500.12345.1/x",
      "0.NA/20.500.12345",
      "x",
      "",
      "\u001b[2J/x",
      "20.500.12345",
    ];
    const { handles, warnings } = await listed(
      await listing((n) => ({
        handles: n < 2 ? [`20.500.12345/${n}`, ...foreign.map((one) => `${one}${n || ""}`)] : [],
      })),
    );
    expect(handles).toEqual(["20.500.12345/0", "20.500.12345/1"]);
    expect(warnings).toEqual([expect.stringContaining("other prefixes")]);
    expect(warnings.join("")).not.toMatch(/\p{Cc}/u);
  });

  it("writes its warnings to the console by default", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const client = open(await listing(() => page("a")));
    for await (const _ of client.list("20.500.12345"));
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it.each<[attack: string, total: unknown, handles: unknown]>([
    ["no total", null, []],
    ["a negative total", -1, []],
    ["a fractional total", "1.5", []],
    ["a hexadecimal total", "0x10", []],
    ["an empty total", "", []],
    ["an infinite total", "Infinity", []],
    ["a total in a list", [7], []],
    ["handles that are none", "1", [7]],
    ["an object of handles", "1", { 0: "20.500.12345/x" }],
  ])("with %s is a protocol_error", async (_, total, handles) => {
    const server = await listing(() => ({ total, handles }));
    expect((await errorOf(() => listed(server))).code).toBe("protocol_error");
    const client = open(server);
    expect((await errorOf(() => client.count("20.500.12345"))).code).toBe("protocol_error");
  });
});

describe("a search of a hostile servlet", () => {
  it("that goes round in a circle ends", async () => {
    const server = await secure((request, out) => {
      const n = Number(new URL(request.url ?? "", "https://x").searchParams.get("page"));
      out.end(JSON.stringify([`20.500.12345/a${n % 3}`, `20.500.12345/b${n % 3}`]));
    });
    const client = open(server, { search: { username: "u", password: PASSWORD } });
    const found: string[] = [];
    for await (const handle of client.search({ URL: "*" }, { pageSize: 2 })) found.push(handle);
    expect(found).toHaveLength(6);
  });

  it.each<[attack: string, body: string, status: number]>([
    ["brackets", "[".repeat(5_000_000), 200],
    ["words", `undefined field "\u001b[2J\u009b"`, 400],
    ["many words", "undefined field :".repeat(6000), 500],
    ["numbers", "[1,2]", 200],
  ])("gives an error for %s", async (_, body, status) => {
    const client = open(await secure(answering(body, status)), {
      search: { username: "u", password: PASSWORD },
    });
    const error = await errorOf(async () => {
      for await (const _ of client.search({ URL: "*" }));
    });
    expect(["protocol_error", "server_error", "invalid_options"]).toContain(error.code);
    expect(`${error.message} ${error.hint}`).not.toMatch(/\p{Cc}/u);
  });
});

it("a record that was not asked for is cut to what was", async () => {
  const values = [
    GOOD,
    { index: 2, type: "EMAIL", data: "a@example.org" },
    { index: 3, type: "URL.EN", data: "u" },
  ];
  const client = open(await plain(answering(answer(values))));
  expect(await client.readText(HANDLE, 2)).toBe("a@example.org");
  expect(await client.readText(HANDLE, "email")).toBe("a@example.org");
  expect(await client.readText(HANDLE, 7)).toBe(undefined);
  const { values: found } = await client.read(HANDLE, { types: ["url."], indexes: [2] });
  expect(found.map(({ index }) => index)).toEqual([1, 2, 3]);
  expect((await client.read(HANDLE, { types: ["URL"] })).values).toHaveLength(1);
});

describe("a minting of a hostile server", () => {
  it.each(["20.500.54321/x", "x", "0.NA/20.500.12345", "\u001b[2J", "20.500.12345"])(
    "in another prefix, %j, is not believed",
    async (handle) => {
      const client = open(await secure(answering(JSON.stringify({ responseCode: 1, handle }), 201)));
      const error = await errorOf(() =>
        client.mint("20.500.12345", { URL: "https://example.org/" }, { suffix: "server" }),
      );
      expect(["outcome_unknown", "protocol_error"]).toContain(error.code);
      expect(error.message).not.toMatch(/\p{Cc}/u);
    },
  );
});

describe("10320/loc of a hostile server", () => {
  it("is read in time, whatever is in it, and several values of a thousand locations are joined", async () => {
    const list = (from: number) =>
      Array.from(
        { length: 1000 },
        (_, i) => `<location id="${i}" href="https://${from + i}.example/"/>`,
      ).join("");
    const values = [
      { index: 1, type: "10320/loc", data: `<locations>${list(0)}</locations>` },
      { index: 2, type: "10320/LOC", data: `<locations>${list(1000)}</locations>` },
    ];
    const client = open(await plain(answering(answer(values))));
    expect((await client.locations.read(HANDLE))?.entries).toHaveLength(2000);
  });

  it.each<[attack: string, text: string]>([
    ["open tags", "<a>".repeat(300_000)],
    ["brackets", "<".repeat(1_000_000)],
    [
      "entities",
      `<!DOCTYPE a [${'<!ENTITY b "&b;&b;">'.repeat(1000)}]><locations><location href="&b;"/></locations>`,
    ],
    ["comments", `<locations>${"<!-- ".repeat(100_000)}`],
    ["ampersands", `<locations><location href="${"&".repeat(500_000)}"/></locations>`],
  ])("of %s ends in an answer or an error of the package", async (_, text) => {
    const client = open(await plain(answering(answer([{ index: 1, type: "10320/loc", data: text }]))));
    const outcome = await client.locations.read(HANDLE).then(
      () => "read",
      (error: unknown) => (isHandleError(error) ? error.code : error),
    );
    expect(["read", "invalid_value", "too_large"]).toContain(outcome);
  });
});
