import type { RequestListener } from "node:http";
import { describe, expect, it } from "vitest";
import { answer, answering, errorOf, GOOD, HANDLE, open, secure } from "./hostile-support.ts";

const DIGEST = "0".repeat(64);
const entry = (number: unknown, more: object = {}) => ({
  number,
  time: "2026-01-02T03:04:05.000Z",
  identity: "300:20.500.12345/USER",
  scheme: "basic",
  operation: "change",
  before: [GOOD],
  after: [{ ...GOOD, data: { format: "string", value: "https://example.org/2" } }],
  digest: DIGEST,
  ...more,
});
const page = (...entries: readonly unknown[]) =>
  JSON.stringify({ responseCode: 1, handle: HANDLE, entries, next: 1 });

/** A server with the pages of a history, and a record; it notes each method. */
async function serving(pageOf: (before: string | null) => string, methods: (string | undefined)[] = []) {
  const listener: RequestListener = (request, out) => {
    methods.push(request.method);
    const { pathname, searchParams } = new URL(request.url ?? "", "https://x");
    out.setHeader("content-type", "application/json");
    out.end(pathname.startsWith("/hdl-server/") ? pageOf(searchParams.get("before")) : answer([GOOD]));
  };
  return open(await secure(listener));
}

async function numbers(client: ReturnType<typeof open>, pageSize = 2): Promise<number[]> {
  const found = [];
  for await (const { number } of client.history(HANDLE, { pageSize })) found.push(number);
  return found;
}

describe("a server without a history", () => {
  it.each([
    ["a page that says that there is nothing", "<h1>Not found</h1>", 404],
    ["a page", "<h1>Welcome</h1>", 200],
    ["response code 5", JSON.stringify({ responseCode: 5, message: "This server keeps no history" }), 501],
  ])("gives %s: not_supported, with a hint", async (_, body, status) => {
    const client = open(await secure(answering(body, status)));
    for (const call of [() => numbers(client), () => client.restore(HANDLE, 1)]) {
      const error = await errorOf(call);
      expect([error.code, error.handle]).toEqual(["not_supported", HANDLE]);
      expect(error.hint).toContain("hdl-server");
    }
  });

  it("is not one that does not have the handle, is busy, or refuses the login", async () => {
    for (const [responseCode, status, code] of [
      [100, 404, "handle_not_found"],
      [400, 403, "permission_denied"],
      [403, 401, "authentication_failed"],
      [2, 500, "server_error"],
    ] as const) {
      const client = open(await secure(answering(JSON.stringify({ responseCode }), status)));
      expect((await errorOf(() => numbers(client))).code).toBe(code);
    }
  });
});

describe("the history of a hostile server", () => {
  it.each([
    ["numbers that rise", page(entry(1), entry(2))],
    ["a number twice", page(entry(2), entry(2))],
    ["more entries than were asked for", page(entry(3), entry(2), entry(1))],
    ["no list", JSON.stringify({ responseCode: 1, handle: HANDLE, entries: {} })],
    ["an entry that is none", page(null)],
    ["a number that is text", page(entry("2"))],
    ["a number that is none", page(entry(1e300))],
    ["an entry without a time", page(entry(2, { time: undefined }))],
    ["an identity that is none", page(entry(2, { identity: 5 }))],
    ["values that are no list", page(entry(2, { after: { GOOD } }))],
    ["a value without a type", page(entry(2, { after: [GOOD, { index: 2 }] }))],
    ["two values at one index", page(entry(2, { after: [GOOD, GOOD] }))],
    ["data of no known format", page(entry(2, { after: [{ ...GOOD, data: { format: "x" } }] }))],
    ["another handle", JSON.stringify({ responseCode: 1, handle: "20.500.12345/y", entries: [] })],
  ])("with %s is a protocol_error, and nothing is written", async (_, body) => {
    const methods: string[] = [];
    const client = await serving(() => body, methods);
    expect((await errorOf(() => numbers(client))).code).toBe("protocol_error");
    expect(["protocol_error", "values_not_found"]).toContain(
      (await errorOf(() => client.restore(HANDLE, 2))).code,
    );
    expect(new Set(methods)).toEqual(new Set(["GET"]));
  });

  it("ends when it goes round in a circle", async () => {
    const client = await serving(() => page(entry(9), entry(8)));
    expect((await errorOf(() => numbers(client))).code).toBe("protocol_error");
  });

  it("goes on behind an empty page, and ends with the one that promises no other", async () => {
    const pages: Record<string, object> = {
      null: { entries: [entry(9), entry(7)], next: 5 },
      5: { entries: [], next: 3 },
      3: { entries: [entry(2)] },
    };
    const client = await serving((before) =>
      JSON.stringify({ responseCode: 1, handle: HANDLE, ...pages[String(before)] }),
    );
    expect(await numbers(client)).toEqual([9, 7, 2]);
  });

  it.each([[1], [9], [0], [1e300], ["1"], [null]])(
    "ends with an error when the next page is %j",
    async (next) => {
      const again = JSON.stringify({ responseCode: 1, handle: HANDLE, entries: [], next });
      const client = await serving((before) => (before === null ? page(entry(9), entry(7)) : again));
      expect((await errorOf(() => numbers(client))).code).toBe("protocol_error");
    },
  );

  it("has no control characters in its text", async () => {
    const bad = { note: "a\u001b[2Jb", identity: "300:a/\u202eb" };
    const last = JSON.stringify({ responseCode: 1, handle: HANDLE, entries: [entry(9, bad)] });
    const client = await serving(() => last);
    for await (const each of client.history(HANDLE)) {
      expect(String(each).replaceAll("\n", "")).not.toMatch(/\p{Cc}|\u202e/u);
    }
  });

  it("has no other entry than the one that is restored", async () => {
    const client = await serving(() => page(entry(7)));
    expect(await client.restore(HANDLE, 8).catch(({ code }) => code)).toBe("values_not_found");
    expect((await client.restore(HANDLE, 7, { dryRun: true })).difference).toHaveLength(1);
  });
});
