import { isHandleError } from "@handlekit/core";
import { parseBatch } from "@handlekit/core/batch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CaseServer, failureOf, readCase, readInput, startCaseServer } from "./support.ts";

let server: CaseServer;
beforeAll(async () => {
  server = await startCaseServer();
});
afterAll(() => server?.stop());

describe("26-batch-long-permissions", () => {
  it("reads the first four", async () => {
    const commands = parseBatch(await readInput("26-batch-long-permissions", "batch.txt"));
    const created = commands.find((command) => command.command === "CREATE");
    if (created?.command !== "CREATE") throw new Error("no CREATE");
    expect(created.values.map(({ index, permissions }) => [index, permissions])).toEqual([
      [100, "0111"],
      [1, "1110"],
      [2, "1110"],
    ]);
    expect(created.handle).toBe("20.500.12345/123");
  });

  const CREATE = "CREATE 20.500.12345/x\n";
  it.each([
    ["11111", "1111"],
    ["0000111111", "0000"],
    ["1112", "1110"],
    ["abcd", "0000"],
    ["2222", "0000"],
    ["1___", "1000"],
  ])("is one of many: %s counts as %s", (written, permissions) => {
    const [command] = parseBatch(`${CREATE}2 URL 86400 ${written} UTF8 https://example.org/\n\n`);
    expect(command).toMatchObject({ values: [{ index: 2, permissions }] });
  });

  it("names the line of permissions that are too short", () => {
    for (const written of ["1", "111"]) {
      try {
        parseBatch(`${CREATE}2 URL 86400 ${written} UTF8 x\n`);
        throw new Error("not refused");
      } catch (error) {
        expect(isHandleError(error, "invalid_value") && error.message).toContain("Line 2");
      }
    }
  });
});

describe("28-handle-invisible-ends", () => {
  const name = "28-handle-invisible-ends";
  const URL = { URL: "https://example.org/" };
  const handles = async () =>
    (await server.ask("GET", "/api/handles?prefix=20.500.12345&page=0&pageSize=1000")).json
      ?.handles as string[];

  it("is refused by create, naming the character", async () => {
    const client = server.client();
    const before = await handles();
    for (const handle of await readCase<string[]>(name, "handles.json")) {
      const { code, message } = await failureOf(() => client.create(handle, URL));
      const last = (handle.codePointAt(handle.length - 1) ?? 0).toString(16).toUpperCase().padStart(4, "0");
      expect([code, message]).toEqual(["invalid_handle", expect.stringContaining(`U+${last}`)]);
    }
    expect(await handles()).toEqual(before);
  });

  it("is refused by bulk", async () => {
    const lines = (await readInput(name, "list.csv")).split("\n").filter(Boolean);
    const before = await handles();
    const errors: unknown[] = [];
    const report = await server.client().bulk(
      lines.map((line) => {
        const [data = "", handle = ""] = line.split(",");
        return { kind: "create" as const, handle, values: { URL: data } };
      }),
      { onProgress: ({ error }) => errors.push(error?.message) },
    );
    expect(report).toMatchObject({ done: 0, failed: 2 });
    expect(errors).toEqual([expect.stringContaining("U+000D"), expect.stringContaining("U+000D")]);
    expect(await handles()).toEqual(before);
  });

  it.each([
    ["", "an empty suffix"],
    ["\t", "U+0009"],
    ["a\u2028", "U+2028"],
    ["a\u3000", "U+3000"],
    ["a\u00ad", "U+00AD"],
    ["a\u180e", "U+180E"],
    ["a\u200d", "U+200D"],
    ["a\u2060", "U+2060"],
    ["a\u3164", "U+3164"],
    ["a\u115f", "U+115F"],
    ["a\u2800", "U+2800"],
    ["a\u034f", "U+034F"],
    ["\u202ea", "U+202E"],
    ["a\0b", "U+0000"],
    ["a\u0085", "U+0085"],
    ["a\u{e0020}", "U+E0020"],
    ["a\ud83d", ""],
  ])("is one of many: the suffix %j", async (suffix, why) => {
    const client = server.client();
    const handle = `20.500.12345/${suffix}`;
    const { code, message } = await failureOf(() => client.create(handle, URL));
    expect([code, message]).toEqual(["invalid_handle", expect.stringContaining(why)]);
    const minted = await failureOf(() => client.mint("20.500.12345", URL, { suffix: () => suffix }));
    expect(minted.code).toMatch(/^invalid_(handle|options)$/);
  });

  it("is created when it is asked for, and can be deleted", async () => {
    const client = server.client();
    for (const handle of ["20.500.12345/ws2\r", "20.500.12345/ws5\u200b", "20.500.12345/"]) {
      await client.create(handle, URL, { allowUnusual: true });
      expect((await client.read(handle)).values.length).toBeGreaterThan(0);
      await client.delete(handle);
      expect((await failureOf(() => client.read(handle))).code).toBe("handle_not_found");
    }
  });

  it("warns about data that end in a line break, and about url beside URL", async () => {
    const client = server.client();
    const change = await client.create("20.500.12345/data", [
      { type: "URL", data: "https://example.org/\r" },
      { type: "url", data: "https://example.org/" },
    ]);
    expect(change.warnings.join()).toMatch(/U\+000D.*url .*stands beside URL/);
  });
});
