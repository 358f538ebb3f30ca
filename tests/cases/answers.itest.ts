import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@handlekit/client";
import { encodeValue } from "@handlekit/core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { hdl } from "../support/hdl.ts";
import {
  type CaseServer,
  failureOf,
  HANDLE,
  type RecordFile,
  readCase,
  readInput,
  startCaseServer,
} from "./support.ts";

let server: CaseServer;
beforeAll(async () => {
  server = await startCaseServer();
});
afterAll(() => server?.stop());

/** A server that answers every request with this text. */
async function answering(text: string): Promise<string> {
  const fake = createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    response.end(text);
  });
  await new Promise<void>((resolve) => fake.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    fake.closeAllConnections();
    fake.close();
  });
  return `http://127.0.0.1:${(fake.address() as AddressInfo).port}`;
}

/** A fetch that gives every request the same answer. */
function answerEverything(answer: object) {
  return async () => Response.json(answer);
}

describe("17-site-without-key", () => {
  const name = "17-site-without-key";

  it("is stored and comes back as it was", async () => {
    const { values } = await readCase<RecordFile>(name, "handlenet-answer.json");
    expect((await server.put(HANDLE, values)).status).toBeLessThan(202);
    const { json } = await server.ask("GET", `/api/handles/${HANDLE}`);
    expect(json?.values).toMatchObject(values);
    expect(() => values.map(encodeValue)).not.toThrow();
    const client = server.client();
    const read = (await client.read(HANDLE)).values;
    await client.create(
      "20.500.12345/copy",
      read.map(({ timestamp: _, ...value }) => value),
    );
    const copy = (await client.read("20.500.12345/copy")).values.filter(({ type }) => type !== "HS_ADMIN");
    expect(copy.map(({ data }) => data)).toEqual(read.map(({ data }) => data));
  });

  it.each([
    ["a key that is no key", { publicKey: { format: "base64", value: "AAECAwQ=" } }],
    ["compressed IPv6", { address: "2001:db8::1" }],
    ["IPv6 that is all zero", { address: "::" }],
    ["IPv4", { address: "203.0.113.255" }],
    ["no interface", { interfaces: [] }],
    [
      "every kind of interface",
      {
        interfaces: ["UDP", "TCP", "HTTP", "HTTPS"].map((protocol, i) => ({
          query: i % 2 === 0,
          admin: i % 2 === 1,
          protocol,
          port: 2641 + i,
        })),
      },
    ],
  ])("is one of many sites: %s", async (_, part) => {
    const { values } = await readCase<{ values: { data: { value: { servers: object[] } } }[] }>(
      name,
      "handlenet-answer.json",
    );
    const changed = values.map((value) => {
      const servers = value.data.value.servers.map((each) => ({ ...each, ...part }));
      return { ...value, data: { format: "site", value: { ...value.data.value, servers } } };
    });
    expect((await server.put(HANDLE, changed)).status).toBeLessThan(202);
    const { json } = await server.ask("GET", `/api/handles/${HANDLE}`);
    const read = (json?.values ?? []) as unknown[];
    expect((await server.put("20.500.12345/again", read)).status).toBeLessThan(202);
    const copy = await server.ask("GET", "/api/handles/20.500.12345/again");
    const dataOf = (answer: typeof json) =>
      ((answer?.values ?? []) as { data: unknown }[]).map(({ data }) => data);
    expect(dataOf(copy.json)).toEqual(dataOf(json));
  });

  it.each([
    ["permissions as a number", { permissions: 1110 }],
    ["a ttl as a date", { ttl: "2040-01-01T00:00:00Z" }],
    ["a type as a number", { type: 7 }],
    ["data as a number", { data: 7 }],
    ["data as true", { data: true }],
    ["an index as text", { index: "1" }],
    [
      "HS_ADMIN with few permissions",
      {
        type: "HS_ADMIN",
        data: { format: "admin", value: { handle: "20.500.12345/U", index: 300, permissions: "11" } },
      },
    ],
    [
      "HS_ADMIN with none",
      { type: "HS_ADMIN", data: { format: "admin", value: { handle: "20.500.12345/U", index: 300 } } },
    ],
  ])("as is other JSON that Handle.Net takes: %s", async (_, part) => {
    const value = { index: 1, type: "URL", data: "https://example.org/", ...part };
    expect((await server.put(HANDLE, [value])).status).toBeLessThan(202);
    const { values, warnings } = await server.client().read(HANDLE);
    expect([values.length, warnings]).toEqual([1, undefined]);
  });
});

describe("19-answer-data-as-text", () => {
  const name = "19-answer-data-as-text";

  it("is read as text, by client and hdl", async () => {
    const url = await answering(await readInput(name, "answer.json"));
    const client = createClient({ server: url });
    expect(await client.readText(HANDLE, "URL")).toBe("https://example.org/");
    expect((await client.read(HANDLE)).values).toHaveLength(2);
    await client.close();
    const { code, stdout } = await hdl("get", HANDLE, "--server", url);
    expect(code).toBe(0);
    expect(stdout).toContain("https://example.org/");
    expect(stdout).toContain("HS_ADMIN");
  });

  const good = { index: 1, type: "URL", data: { format: "string", value: "https://example.org/" } };
  it.each([
    ["a number", { index: 2, type: "N", data: 7 }, 0],
    ["no data", { index: 2, type: "N" }, 1],
    ["data null", { index: 2, type: "N", data: null }, 1],
    ["a value null", null, 1],
    ["a text", "URL", 1],
    ["a list", [1, "URL", "x"], 1],
    ["an index as text", { index: "2", type: "N", data: "x" }, 0],
    ["an unknown format", { index: 2, type: "N", data: { format: "xml", value: "<a/>" } }, 1],
    ["format and url", { index: 2, type: "N", data: { format: "string", url: "https://example.org/" } }, 1],
    ["no type", { index: 2, data: "x" }, 1],
    ["a ttl as text", { index: 2, type: "N", data: "x", ttl: "2040-01-01T00:00:00Z" }, 0],
    ["a ttl null", { index: 2, type: "N", data: "x", ttl: null, permissions: null, references: null }, 0],
    ["a timestamp that is none", { index: 2, type: "N", data: "x", timestamp: 12 }, 0],
    ["admin data that are text", { index: 2, type: "HS_ADMIN", data: "0.NA/20.500.12345" }, 0],
    ["admin data of text", { index: 2, type: "HS_ADMIN", data: { format: "admin", value: "x" } }, 1],
    ["a list that is none", { index: 2, type: "HS_VLIST", data: { format: "vlist", value: 7 } }, 1],
    ["a key that is none", { index: 2, type: "HS_PUBKEY", data: { format: "key", value: "x" } }, 1],
    ["a site without servers", { index: 2, type: "HS_SITE", data: { format: "site", value: {} } }, 1],
    ["no base64", { index: 2, type: "N", data: { format: "base64", value: "%" } }, 1],
    ["references that are none", { index: 2, type: "N", data: "x", references: "y" }, 0],
    ["permissions that are none", { index: 2, type: "N", data: "x", permissions: "rwx" }, 0],
    ["a string that is a number", { index: 2, type: "N", data: { format: "string", value: 7 } }, 0],
    ["admin data null", { index: 2, type: "HS_ADMIN", data: { format: "admin", value: null } }, 1],
  ])("is one of many odd values beside a good one: %s", async (_, odd, warned) => {
    const url = await answering(JSON.stringify({ responseCode: 1, handle: HANDLE, values: [odd, good] }));
    const client = createClient({ server: url });
    const { values, warnings = [] } = await client.read(HANDLE);
    expect(values.filter(({ index }) => index === 1)).toEqual([good]);
    expect(warnings).toHaveLength(warned);
    expect(await client.readText(HANDLE, "URL")).toBe("https://example.org/");
    await client.close();
    // The odd value is no obstacle to changing another, and can itself be replaced.
    const writer = server.client({
      modifyAdmin: true,
      transport: { fetch: answerEverything({ responseCode: 1, handle: HANDLE, values: [odd, good] }) },
    });
    const moved = await writer.modify(HANDLE, [{ index: 1, type: "URL", data: "https://example.org/moved" }]);
    expect(String(moved)).toContain("+ 1 URL  https://example.org/moved");
    const replaced = await writer.modify(HANDLE, [{ index: 2, type: "NEW", data: "x" }]);
    expect(String(replaced)).toContain("+ 2 NEW  x");
  });

  it("is shown by hdl beside a good one, with a warning", async () => {
    const odd = { index: 2, type: "N", data: { format: "string", url: "https://odd.example.org/" } };
    const url = await answering(
      JSON.stringify({ responseCode: 1, handle: HANDLE, values: [null, odd, good] }),
    );
    const { code, stdout, stderr } = await hdl("get", HANDLE, "--server", url);
    expect([code, stdout.match(/https:\/\/(odd\.)?example\.org\//g)?.length]).toEqual([0, 2]);
    expect(stderr).toMatch(/left out.*index 2/s);
  });

  it.each([
    ['[{"idx":1,"type":"URL","parsed_data":"https://example.org/"}]', "protocol_error", /ePIC/],
    ['{"responseCode":2,"message":"out of order"}', "server_error", /out of order/],
    ["<html>", "protocol_error", /not an answer/],
    ['{"responseCode":1,"values":{}}', "protocol_error", /not an answer/],
    ['{"responseCode":100}', "protocol_error", /address/],
  ])("and the cause of other answers is named: %s", async (text, code, message) => {
    const url = await answering(text);
    const client = createClient({ server: url });
    const failure = await failureOf(() => client.read(HANDLE));
    expect([failure.code, failure.message]).toEqual([code, expect.stringMatching(message)]);
    await client.close();
  });
});
