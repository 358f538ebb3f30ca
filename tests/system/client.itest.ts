import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect, promisify } from "node:util";
import { createSecretKeySigner, createSessionAuth } from "@handlekit/auth/session";
import {
  type BulkOperation,
  type ClientOptions,
  createClient,
  digestOf,
  type HandleClient,
  type NewValues,
} from "@handlekit/client";
import { isHandleError } from "@handlekit/core";
import { openJournalFile } from "@handlekit/core/journal-file";
import { loadCredentials } from "@handlekit/credentials/file";
import { createTransport } from "@handlekit/transport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildProgram } from "../support/build-program.ts";
import { createSite, PASSWORD, PREFIX, type Site } from "../support/site.ts";

let site: Site;
const clients: HandleClient[] = [];

async function open(kind: "password" | "certificate" = "password", options: ClientOptions = {}) {
  const client = createClient(await loadCredentials(site.credentials[kind]), options);
  clients.push(client);
  return client;
}

let client: HandleClient;
let anonymous: HandleClient;

beforeAll(async () => {
  site = await createSite("--access-log", "off");
  client = await open();
  const ca = await readFile(join(site.directory, "server-certificate.pem"), "utf8");
  anonymous = createClient({ server: site.url, httpsVerify: { ca } });
  clients.push(anonymous);
});
afterAll(async () => {
  await Promise.all(clients.map((each) => each.close()));
  await site?.remove();
});

let count = 0;
/** A handle of its own for each test. */
async function newHandle(values?: NewValues): Promise<string> {
  const handle = `${PREFIX}/client-${++count}`;
  if (values) await client.create(handle, values);
  return handle;
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error: unknown) => {
      expect(inspect(error, { depth: 9 })).not.toContain("S3CR3T");
      return isHandleError(error) ? error.code : error;
    },
  );

const seen = async (handle: string, by = client) =>
  (await by.read(handle, { authenticated: by !== anonymous })).values.map(({ index, type, data }) => [
    index,
    type,
    typeof data.value === "string" ? data.value : data.format,
  ]);

const ADMIN = [100, "HS_ADMIN", "admin"];

describe("the README", () => {
  it("has ten lines that run", async () => {
    const readme = await readFile(new URL("../../packages/client/README.md", import.meta.url), "utf8");
    const lines = /```js\n(.+?)```/s.exec(readme)?.[1] ?? "";
    expect(lines.trim().split("\n")).toHaveLength(10);
    const program = join(site.folder, "ten-lines.mjs");
    await buildProgram(lines, program);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { cwd: site.folder });
    expect(stdout.split("\n")).toEqual([
      "changed 20.500.12345/abc",
      "  - 1 URL  https://example.org/",
      "  + 1 URL  https://example.org/moved",
      "https://example.org/moved",
      "1 URL",
      "2 TITLE",
      "100 HS_ADMIN",
      "",
    ]);
    expect(stderr).toBe("");
    expect(await codeOf(anonymous.read(`${PREFIX}/abc`))).toBe("handle_not_found");
  });
});

describe("read, readText, readValue, readMany", () => {
  const values = [
    { type: "URL", data: "https://example.org/" },
    { type: "EMAIL", data: "a@example.org" },
    { type: "EMAIL", data: "b@example.org" },
    { type: "URL.MIRROR", data: "https://mirror.example/" },
    { type: "NOTE", data: "hidden", permissions: "1100" },
  ];

  it("reads what everybody may see, and with the login all", async () => {
    const handle = await newHandle(values);
    const open = [
      [1, "URL", "https://example.org/"],
      [2, "EMAIL", "a@example.org"],
      [3, "EMAIL", "b@example.org"],
      [4, "URL.MIRROR", "https://mirror.example/"],
    ];
    expect(await seen(handle, anonymous)).toEqual([...open, ADMIN]);
    expect(await seen(handle)).toEqual([...open, [5, "NOTE", "hidden"], ADMIN]);
    const authoritative = await anonymous.read(`hdl:${handle}`, { authoritative: true });
    expect([authoritative.handle, authoritative.values.length]).toEqual([handle, 5]);
    expect((await client.read(handle, { authenticated: true, publicOnly: true })).values).toHaveLength(5);
  });

  it("reads a selection by index and type", async () => {
    const handle = await newHandle(values);
    const indexes = async (how: Parameters<HandleClient["read"]>[1]) =>
      (await anonymous.read(handle, how)).values.map(({ index }) => index);
    expect(await indexes({ types: ["url"] })).toEqual([1]);
    expect(await indexes({ types: ["URL."] })).toEqual([1, 4]);
    expect(await indexes({ types: ["EMAIL"], indexes: [1, 77] })).toEqual([1, 2, 3]);
    expect(await indexes({ types: ["NOTE"] })).toEqual([]);
    expect((await anonymous.readValue(handle, "EMAIL"))?.index).toBe(2);
    expect((await anonymous.readValue(handle, 3))?.data.value).toBe("b@example.org");
    expect(await anonymous.readValue(handle, "NOTE")).toBe(undefined);
    expect((await client.readValue(handle, "NOTE", { authenticated: true }))?.data.value).toBe("hidden");
    expect(await anonymous.readText(handle, "email")).toBe("a@example.org");
    expect(await anonymous.readText(handle, 3)).toBe("b@example.org");
    expect(await anonymous.readText(handle, "NOTE")).toBe(undefined);
    expect(await client.readText(handle, "NOTE", { authenticated: true })).toBe("hidden");
    expect(await codeOf(anonymous.readText(handle, "HS_ADMIN"))).toBe("invalid_value");
  });

  it("reads any handle that can be written", async () => {
    for (const suffix of ["a b#c?d%e+f", "é☃/x//y", "..", "a/../b", "x;y:z&w", '"<>[]{}|\\^`']) {
      const handle = `${PREFIX}/${suffix}`;
      await client.create(handle, { URL: suffix });
      expect((await anonymous.readValue(handle, "URL"))?.data.value).toBe(suffix);
    }
  });

  it("reads several and says of each why it cannot be read (Q27)", async () => {
    const handles = [
      await newHandle({ URL: "1" }),
      `${PREFIX}/none`,
      "999.999/none",
      await newHandle({ URL: "2" }),
    ];
    const found: string[] = [];
    for await (const item of client.readMany(handles, { types: ["URL"] })) {
      found.push(
        "error" in item
          ? String(isHandleError(item.error) && item.error.code)
          : String(item.values[0]?.data.value),
      );
    }
    expect(found.toSorted()).toEqual(["1", "2", "handle_not_found", "prefix_not_served"]);
  });
});

describe("create", () => {
  it("makes a record like B2HANDLE's: checksum, other types, several URLs", async () => {
    const handle = await newHandle();
    const change = await client.create(handle, {
      URL: "https://example.org/",
      CHECKSUM: "abc",
      "a/type": "x",
    });
    await client.locations.add(handle, ["https://one.example/", "https://two.example/"], { weight: 0.5 });
    expect([change.created, change.handle, change.responseCode, change.written]).toEqual([
      true,
      handle,
      1,
      true,
    ]);
    expect(String(change)).toBe(
      [
        `created ${handle}`,
        "  + 1 URL  https://example.org/",
        "  + 2 CHECKSUM  abc",
        "  + 3 a/type  x",
        `  + 100 HS_ADMIN  200:0.NA/${PREFIX} 011111110011`,
      ].join("\n"),
    );
    expect((await seen(handle)).map(([index, type]) => [index, type])).toEqual([
      [1, "URL"],
      [2, "CHECKSUM"],
      [3, "a/type"],
      [4, "10320/loc"],
      [100, "HS_ADMIN"],
    ]);
  });

  it("refuses a handle that exists, and replaces it when it is told", async () => {
    const handle = await newHandle({ URL: "old", TITLE: "t" });
    expect(await codeOf(client.create(handle, { URL: "new" }))).toBe("handle_exists");
    const change = await client.create(handle, { URL: "new" }, { overwrite: true });
    expect([change.created, change.difference.map(({ kind }) => kind)]).toEqual([
      false,
      ["changed", "removed"],
    ]);
    expect(await seen(handle)).toEqual([[1, "URL", "new"], ADMIN]);
  });

  it("names the owner and permissions it is told", async () => {
    const other = await open("password", { owner: `300:${PREFIX}/ADMIN`, permissions: "111111111111" });
    const handle = await newHandle();
    await other.create(handle, {});
    expect((await client.readValue(handle, "HS_ADMIN"))?.data.value).toEqual({
      index: 300,
      handle: `${PREFIX}/ADMIN`,
      permissions: "111111111111",
    });
  });

  it("carries every format of data", async () => {
    const handle = await newHandle([
      { type: "BYTES", data: { format: "base64", value: "AAECAw==" } },
      { type: "HEX", data: { format: "hex", value: "ff00" } },
      { type: "HS_VLIST", data: { format: "vlist", value: [{ handle: `${PREFIX}/ADMIN`, index: 300 }] } },
      { type: "TEXT", data: { format: "string", value: "é\n" }, ttl: "2030-01-02T03:04:05Z" },
      { type: "REF", data: "x", references: [{ handle: `${PREFIX}/ADMIN`, index: 1 }] },
    ]);
    const { values } = await client.read(handle);
    const change = await client.modify(
      handle,
      values.filter(({ type }) => type !== "HS_ADMIN"),
    );
    expect([change.difference, change.written]).toEqual([[], false]);
  });
});

describe("mint", () => {
  it.each([
    ["uuid4", /\/[0-9a-f]{8}-[0-9a-f]{4}-4/],
    ["uuid7", /\/[0-9a-f]{8}-[0-9a-f]{4}-7/],
    ["server", /\/[0-9a-f]{8}-[0-9a-f]{4}-4/],
  ] as const)("by %s", async (suffix, form) => {
    const { handle, created } = await client.mint(PREFIX, { URL: suffix }, { suffix });
    expect([created, handle]).toEqual([true, expect.stringMatching(form)]);
    expect((await anonymous.readValue(handle, "URL"))?.data.value).toBe(suffix);
    expect((await client.mint(PREFIX, {}, { suffix, suffixStart: "s." })).handle).toContain(`${PREFIX}/s.`);
  });

  it("by a generator of one's own", async () => {
    const suffixes = ["ADMIN", "own-suffix"];
    const { handle } = await client.mint(PREFIX, {}, { suffix: () => suffixes.shift() ?? "" });
    expect(handle).toBe(`${PREFIX}/own-suffix`);
  });
});

describe("modify", () => {
  it("changes several types at once, adds what is missing, and leaves the rest", async () => {
    const handle = await newHandle([
      { type: "URL", data: "old", ttl: 60 },
      { type: "EMAIL", data: "e" },
      { type: "NOTE", data: "hidden", permissions: "1100" },
    ]);
    const change = await client.modify(handle, { URL: "new", NOTE: "still hidden", TITLE: "t" });
    expect(String(change).split("\n")).toEqual([
      `changed ${handle}`,
      "  - 1 URL  old",
      "  + 1 URL  new",
      "  - 3 NOTE  hidden",
      "  + 3 NOTE  still hidden",
      "  + 4 TITLE  t",
    ]);
    expect((await client.readValue(handle, "URL"))?.ttl).toBe(60);
    expect((await seen(handle, anonymous)).map(([index]) => index)).toEqual([1, 2, 4, 100]);
    await client.modify(handle, { URL: "new" }, { ttl: 5 });
    expect((await client.readValue(handle, "URL"))?.ttl).toBe(5);
  });

  it("takes a value of a repeated type by its index, and asks for it otherwise", async () => {
    const handle = await newHandle([
      { type: "EMAIL", data: "a" },
      { type: "EMAIL", data: "b" },
    ]);
    expect(await codeOf(client.modify(handle, { EMAIL: "c" }))).toBe("invalid_value");
    await client.modify(handle, [
      { type: "EMAIL", data: "c", index: 3 },
      { type: "EMAIL", data: "d", index: 9 },
    ]);
    expect(await seen(handle)).toEqual([[2, "EMAIL", "a"], [3, "EMAIL", "c"], [9, "EMAIL", "d"], ADMIN]);
  });

  it("adds nothing when it may not, and knows what is missing", async () => {
    const handle = await newHandle({ URL: "u" });
    expect(await codeOf(client.modify(handle, { URL: "x", TITLE: "t" }, { add: false }))).toBe(
      "values_not_found",
    );
    expect(await codeOf(client.modify(`${PREFIX}/none`, { URL: "x" }))).toBe("handle_not_found");
    expect(await codeOf(client.modify(handle, {}))).toBe("invalid_options");
    expect(await seen(handle)).toEqual([[1, "URL", "u"], ADMIN]);
  });

  it("changes HS_ADMIN when it is told", async () => {
    const handle = await newHandle({ URL: "u" });
    const value = { index: 300, handle: `${PREFIX}/ADMIN`, permissions: "111111111111" };
    const admin = { HS_ADMIN: { format: "admin" as const, value } };
    expect(await codeOf(client.modify(handle, admin))).toBe("invalid_options");
    await (await open("password", { modifyAdmin: true })).modify(handle, admin);
    expect((await client.readValue(handle, 100))?.data.value).toEqual(value);
  });
});

describe("deleteValues and delete", () => {
  it("delete values by type and index, all or none", async () => {
    const handle = await newHandle({ URL: "u", A: "a", B: "b", C: "c" });
    expect(await codeOf(client.deleteValues(handle, ["A", 77]))).toBe("values_not_found");
    expect(await codeOf(client.deleteValues(handle, ["NONE"]))).toBe("values_not_found");
    expect(await codeOf(client.deleteValues(handle, []))).toBe("invalid_options");
    expect(await codeOf(client.deleteValues(handle, ["HS_ADMIN"]))).toBe("invalid_options");
    const change = await client.deleteValues(handle, ["A", 3, "NONE"], { ignoreMissing: true });
    expect(change.difference.map(({ kind, index }) => `${kind} ${index}`)).toEqual([
      "removed 2",
      "removed 3",
    ]);
    expect(await seen(handle)).toEqual([[1, "URL", "u"], [4, "C", "c"], ADMIN]);
    const nothing = await client.deleteValues(handle, ["NONE"], { ignoreMissing: true });
    expect([nothing.written, nothing.difference]).toEqual([false, []]);
  });

  it("delete a handle", async () => {
    const handle = await newHandle({ URL: "u" });
    const change = await client.delete(handle);
    expect(String(change).split("\n")[0]).toBe(`deleted ${handle}`);
    expect([change.after, change.before.map(({ index }) => index)]).toEqual([[], [1, 100]]);
    expect(await codeOf(anonymous.read(handle))).toBe("handle_not_found");
    expect(await codeOf(client.delete(handle))).toBe("handle_not_found");
  });
});

describe("list and count", () => {
  it("gives all handles of a prefix, page by page (Q27)", async () => {
    const made = new Set<string>();
    for (let i = 0; i < 7; i++) made.add((await newHandle({ URL: `${i}` })).toUpperCase());
    const total = await client.count(PREFIX);
    for (const pageSize of [3, 1000]) {
      const listed: string[] = [];
      for await (const handle of client.list(PREFIX, { pageSize })) listed.push(handle);
      expect([listed.length, new Set(listed).size]).toEqual([total, total]);
      expect([...made].every((handle) => listed.includes(handle))).toBe(true);
    }
    expect(await codeOf(client.count("999.999"))).toBe("prefix_not_served");
    expect(await codeOf(anonymous.count(PREFIX))).toBe("authentication_failed");
  });
});

describe("ifUnchanged and dryRun", () => {
  it("write only what has not changed, by the ETag that the server gives", async () => {
    const handle = await newHandle({ URL: "old" });
    const ifUnchanged = await digestOf((await anonymous.read(handle)).values);
    expect(await codeOf(client.modify(handle, { URL: "new" }, { ifUnchanged, dryRun: true }))).toBe(
      "no error",
    );
    expect((await client.modify(handle, { URL: "new" }, { ifUnchanged })).responseCode).toBe(1);
    expect(await codeOf(client.modify(handle, { URL: "newer" }, { ifUnchanged }))).toBe("record_changed");
    expect(await codeOf(client.deleteValues(handle, ["URL"], { ifUnchanged }))).toBe("record_changed");
    expect(await codeOf(client.delete(handle, { ifUnchanged }))).toBe("record_changed");
    expect(await seen(handle)).toEqual([[1, "URL", "new"], ADMIN]);
  });

  it("of many who change a record at once, one succeeds", async () => {
    const handle = await newHandle({ COUNT: "0" });
    const others = [client, await open("certificate"), await open()];
    const ifUnchanged = await digestOf((await client.read(handle)).values);
    const ends = await Promise.all(
      others.map((each, i) => codeOf(each.modify(handle, { COUNT: `${i + 1}` }, { ifUnchanged }))),
    );
    expect(ends.toSorted()).toEqual(["no error", "record_changed", "record_changed"]);
  });
});

describe("search", () => {
  it("says that the API of handles is no search servlet", async () => {
    const search = { urlExtension: "/api/handles", username: `300:${PREFIX}/ADMIN`, password: PASSWORD };
    const first = async (by: HandleClient) => {
      for await (const handle of by.search({ URL: "*" })) return handle;
    };
    expect(await codeOf(first(await open("password", { search })))).toBe("protocol_error");
    expect(await codeOf(first(anonymous))).toBe("invalid_options");
  });
});

describe("bulk", () => {
  it("creates, changes and deletes, with a journal in a file", async () => {
    const handles = Array.from({ length: 50 }, (_, i) => `${PREFIX}/bulk-${i}`);
    const operations: BulkOperation[] = [
      ...handles.map((handle): BulkOperation => ({ kind: "create", handle, values: { URL: "old", T: "t" } })),
      ...handles.map((handle): BulkOperation => ({ kind: "modify", handle, values: { URL: "new" } })),
      ...handles.map((handle): BulkOperation => ({ kind: "deleteValues", handle, which: ["T"] })),
      ...handles.slice(0, 25).map((handle): BulkOperation => ({ kind: "delete", handle })),
    ];
    const file = join(site.folder, "bulk.journal");
    for (const [done, skipped] of [
      [175, 0],
      [0, 175],
    ]) {
      const journal = await openJournalFile(file);
      expect(await client.bulk(operations, { journal })).toMatchObject({ done, skipped, total: 175 });
      await journal.close();
    }
    expect(await codeOf(client.read(handles[0] ?? ""))).toBe("handle_not_found");
    expect(await seen(handles[49] ?? "")).toEqual([[1, "URL", "new"], ADMIN]);
  });
});

describe("logins", () => {
  it("a certificate does all that a password does", async () => {
    const other = await open("certificate");
    const { handle } = await other.mint(PREFIX, { URL: "u" });
    await other.modify(handle, { URL: "new", NOTE: "n" });
    await other.deleteValues(handle, ["NOTE"]);
    expect(await seen(handle, other)).toEqual([[1, "URL", "new"], ADMIN]);
    expect(await other.count(PREFIX)).toBeGreaterThan(0);
    await other.delete(handle);
  });

  it("a transport may be options, and then the client closes it", async () => {
    const other = await open("password", { transport: { timeouts: { total: 20_000 } } });
    const { handle } = await other.mint(PREFIX, { URL: "u" });
    await other.delete(handle);
    await other.close();
    expect(await codeOf(other.read(handle))).toBe("aborted");
  });

  it("a strategy of one's own is left open by the client, and a transport, too", async () => {
    const ca = await readFile(join(site.directory, "server-certificate.pem"), "utf8");
    const transport = createTransport({ ca });
    const strategy = createSessionAuth({
      identity: `300:${PREFIX}/ADMIN`,
      signer: createSecretKeySigner({ secret: PASSWORD }),
      origins: [site.url],
    });
    for (let round = 0; round < 2; round++) {
      const other = createClient({ server: site.url }, { strategy, transport });
      const { handle } = await other.mint(PREFIX, { URL: "u" });
      await Promise.all(Array.from({ length: 10 }, () => other.read(handle, { authenticated: true })));
      await other.delete(handle);
      await other.close();
    }
    await strategy.close?.();
    await transport.close();
  });

  it("no login reads, and says what a write needs", async () => {
    const handle = await newHandle({ URL: "u" });
    for (const write of [
      () => anonymous.create(handle, {}),
      () => anonymous.modify(handle, { URL: "x" }),
      () => anonymous.deleteValues(handle, ["URL"]),
      () => anonymous.delete(handle),
      () => anonymous.mint(PREFIX, {}),
      () => anonymous.read(handle, { authenticated: true }),
    ]) {
      expect(await codeOf(write())).toBe("authentication_failed");
    }
    expect((await anonymous.bulk([{ kind: "delete", handle }])).failed).toBe(1);
  });

  it("after close every call is aborted", async () => {
    const other = await open();
    await other.read(`${PREFIX}/ADMIN`);
    await other.close();
    expect(await codeOf(other.read(`${PREFIX}/ADMIN`))).toBe("aborted");
  });
});
