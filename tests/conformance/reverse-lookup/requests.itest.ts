// The requests that search_handle of B2HANDLE and PYHANDLE sends, with the query strings that their library makes of
// them, and what they need to get. The answers are those that the servlet's source gives for these records.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConformanceServer, startConformanceServer } from "../../support/conformance-server.ts";
import { type Connection, connect } from "../handle-rest/send.ts";

const PREFIX = "21.T14999";
const USER = `300:${PREFIX}/B2HANDLE_INTEGRATION_TESTS`;
const PASSWORD = "S3CR3T p@ss:w/rd%20é~+";

const text = (index: number, type: string, data: string, permissions = "1110") => ({
  index,
  type,
  data,
  permissions,
});
const key = text(300, "HS_SECKEY", PASSWORD, "1100");
const listed = {
  index: 100,
  type: "HS_ADMIN",
  data: {
    format: "admin",
    value: { index: 300, handle: USER.slice(4), permissions: "111111110011" },
  },
};

const SEED = {
  homedPrefixes: [PREFIX, "0.NA"],
  records: {
    [`0.NA/${PREFIX}`]: [listed],
    [USER.slice(4)]: [listed, key],
    [`${PREFIX}/a`]: [text(1, "URL", "http://foo.bar/a?b=c"), text(2, "CHECKSUM", "123")],
    [`${PREFIX}/b`]: [text(1, "URL", "http://foo.bar/b"), text(2, "CHECKSUM", "99"), text(3, "baz", "baz")],
    [`${PREFIX}/c`]: [text(1, "URL", "http://élan.example/c d"), text(2, "EMAIL", "me@foo.bar")],
  },
};

/** Python's urllib.parse.quote, for which a slash is safe. */
const quote = (of: string) =>
  encodeURIComponent(of)
    .replaceAll("%2F", "/")
    .replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

const basic = (password: string) => `Basic ${Buffer.from(`${quote(USER)}:${password}`).toString("base64")}`;

/** The Authorization headers of the two: B2HANDLE encodes the password, PYHANDLE does not. */
const CLIENTS = [
  ["B2HANDLE", basic(quote(PASSWORD))],
  ["PYHANDLE", basic(PASSWORD)],
] as const;

const handles = (...suffixes: readonly string[]) => suffixes.map((suffix) => `${PREFIX}/${suffix}`);

let folder: string;
let server: ConformanceServer;
let connection: Connection;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  const seed = join(folder, "seed.json");
  await writeFile(seed, JSON.stringify(SEED));
  server = await startConformanceServer(["--seed", seed, "--store", "memory:"]);
  connection = connect(server.https, { ca: server.ca });
});
afterAll(async () => {
  connection?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const get = (target: string, authorization: string | undefined) =>
  connection.send({
    method: "GET",
    target,
    headers: [
      ["Host", "127.0.0.1"],
      ["User-Agent", "python-requests/2.32.3"],
      ["Accept-Encoding", "gzip, deflate"],
      ["Accept", "*/*"],
      ["Connection", "keep-alive"],
      ...(authorization === undefined ? [] : [["Authorization", authorization] as const]),
    ],
    body: "",
  });

describe.each(CLIENTS)("search_handle of %s", (_, authorization) => {
  it.each<[call: string, target: string, found: readonly string[]]>([
    ["URL='http://foo.bar/b'", "/hrls/handles?URL=http://foo.bar/b", handles("B")],
    // Unescaped, so that the library leaves the second question mark and the equals sign as they are.
    ["URL='http://foo.bar/a?b=c'", "/hrls/handles?URL=http://foo.bar/a?b=c", handles("A")],
    ["URL='*'", "/hrls/handles?URL=*", handles("A", "B", "C")],
    ["URL='*foo.bar*'", "/hrls/handles?URL=*foo.bar*", handles("A", "B")],
    ["URL='*élan*c d'", "/hrls/handles?URL=*%C3%A9lan*c%20d", handles("C")],
    ["URL='noooooo'", "/hrls/handles?URL=noooooo", []],
    ["URL='*', CHECKSUM='*'", "/hrls/handles?URL=*&CHECKSUM=*", handles("A", "B")],
    ["CHECKSUM='*1*', URL='*bar*'", "/hrls/handles?CHECKSUM=*1*&URL=*bar*", handles("A")],
    ["baz='baz', with allowed_search_keys=[]", "/hrls/handles?baz=baz", handles("B")],
    ["EMAIL='me@foo.bar'", "/hrls/handles?EMAIL=me@foo.bar", handles("C")],
    ["limit='1', page='1', URL='*'", "/hrls/handles?limit=1&page=1&URL=*", handles("B")],
    // A base address with the prefix in its path.
    ["URL='*', below the prefix", `/hrls/handles/${PREFIX}?URL=*`, handles("A", "B", "C")],
  ])("%s: %s", async (_call, target, found) => {
    const { status, headers, body } = await get(target, authorization);
    expect([status, JSON.parse(body)]).toEqual([200, found]);
    expect(headers.find(([name]) => name.toLowerCase() === "content-type")?.[1]).toMatch(
      /^application\/json/,
    );
  });

  it("retrieverecords='true' answers with the records", async () => {
    const { status, body } = await get("/hrls/handles?retrieverecords=true&EMAIL=me@foo.bar", authorization);
    expect([status, JSON.parse(body)]).toEqual([
      200,
      {
        [`${PREFIX}/C`]: [
          { type: "URL", value: "http://élan.example/c d" },
          { type: "EMAIL", value: "me@foo.bar" },
        ],
      },
    ]);
  });

  it("is told by a status what it did wrong", async () => {
    const [wrong] = [authorization.slice(0, -8)];
    expect((await get("/hrls/handles?URL=*", wrong)).status).toBe(401);
    expect((await get("/hrls/handles?URL=*", undefined)).status).toBe(401);
    const limit = await get("/hrls/handles?URL=*&limit=abc", authorization);
    expect([limit.status, JSON.parse(limit.body)]).toEqual([
      400,
      expect.stringContaining("Invalid number: "),
    ]);
    const secret = await get("/hrls/handles?HS_SECKEY=*", authorization);
    expect([secret.status, secret.body]).toEqual([400, '"Searching via HS_SECKEY entries is not allowed!"']);
  });

  it("never gets a list from what is no servlet", async () => {
    for (const target of ["/api/handles?URL=*", "/api/handles/?URL=*", "/hrls/wrong?URL=*", "/hrls?URL=*"]) {
      expect((await get(target, authorization)).status).not.toBe(200);
    }
  });

  it("can ask whether the servlet is there", async () => {
    const { status, body } = await get("/hrls/ping", authorization);
    expect([status, body]).toEqual([200, "OK\n"]);
  });
});
