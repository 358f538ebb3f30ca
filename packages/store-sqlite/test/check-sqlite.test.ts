import { copyFileSync, openSync, readSync, writeSync } from "node:fs";
import { handleKey } from "@handlekit/core";
import { auditEntry, type HandleKey, type RecordValues } from "@handlekit/core/store";
import { afterEach, describe, expect, it } from "vitest";
import { openDriver } from "../src/driver/open-driver.ts";
import { checkSqlite, openSqlite } from "../src/mod.ts";
import { useTempFiles } from "./temp-file.ts";
import { valuesOf } from "./values.ts";

const tempFile = useTempFiles();
const key = (name: string): HandleKey => handleKey(`20.500.1/${name}`);
const SECRET: RecordValues = valuesOf("S3CR3T-key").map((value) => ({
  ...value,
  type: "HS_SECKEY",
  permissions: 12,
}));
const endings: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

function entry(handle: HandleKey, before: RecordValues | undefined, after: RecordValues | undefined) {
  const who = { identity: undefined, scheme: "command", address: undefined };
  return auditEntry({ time: new Date(1_700_000_000_000), ...who, handle, before, after });
}

/** A store with records of each kind: audited, changed, removed, with a secret key, and without an audit entry. */
async function open(file = tempFile()) {
  const opened = await openSqlite({ file });
  endings.push(opened.close);
  const { store } = opened;
  await store.home("20.500.1");
  for (const name of ["a", "b", "c"]) {
    await store.commit(key(name), "absent", valuesOf(name), entry(key(name), undefined, valuesOf(name)));
  }
  const change = async (name: string, before: RecordValues, after: RecordValues | null, audited = true) => {
    const revision = (await store.read(key(name)))?.revision ?? "absent";
    const audit = audited ? entry(key(name), before, after ?? undefined) : undefined;
    expect(await store.commit(key(name), revision, after, audit)).toBe("done");
  };
  await change("b", valuesOf("b"), valuesOf("b2"));
  await change("c", valuesOf("c"), null);
  await store.commit(key("secret"), "absent", SECRET, entry(key("secret"), undefined, SECRET));
  await store.commit(key("plain"), "absent", valuesOf("plain"));
  await store.commit(handleKey("other/x"), "absent", valuesOf("x"));
  await opened.state.put("session/x", "{}", "any");
  return { ...opened, file, change };
}

let template: Promise<string> | undefined;

/** Makes a store that is closed, with everything in its search index. */
async function makeTemplate(): Promise<string> {
  const { file, store, close } = await open();
  await store.find?.({ data: new Uint8Array([1]), after: undefined, limit: 1 });
  await close();
  return file;
}

/** Changes a file that no process has open, as a disk or a person may. */
async function damage(sql: string): Promise<string> {
  template ??= makeTemplate();
  const file = tempFile();
  copyFileSync(await template, file);
  const driver = await openDriver(file);
  driver.exec(sql);
  driver.close();
  return file;
}

describe("checkSqlite", () => {
  it("finds nothing in a store that is in use, also with records that are not in the search index yet", async () => {
    const { file, store } = await open();
    await store.find?.({ data: new Uint8Array([1]), after: undefined, limit: 1 });
    await store.commit(key("new"), "absent", valuesOf("new"));
    const progress: [number, number][] = [];
    const result = await checkSqlite({ file, onProgress: (...each) => void progress.push(each) });
    expect(result).toMatchObject({
      records: 6,
      state: 1,
      found: 0,
      problems: [],
      notHomed: [{ prefix: "OTHER", records: 1 }],
      audit: { entries: 6, first: 1, problems: [], head: await store.audit?.head() },
    });
    // That of the secret key cannot be found at all.
    expect(result.indexed + result.waiting).toBeGreaterThanOrEqual(5);
    expect(progress.at(-1)).toEqual([6, 6]);
  });

  it("reads pages of records and of removed ones", async () => {
    const { file, store } = await open();
    const write = async (_: unknown, i: number) => {
      const each = key(`many-${i}`);
      await store.commit(each, "absent", valuesOf(`${i}`), entry(each, undefined, valuesOf(`${i}`)));
      const revision = (await store.read(each))?.revision ?? "absent";
      if (i % 2 === 0) await store.commit(each, revision, null, entry(each, valuesOf(`${i}`), undefined));
    };
    await Promise.all(Array.from({ length: 450 }, write));
    expect(await checkSqlite({ file })).toMatchObject({ records: 230, found: 0, audit: { entries: 681 } });
  });

  it("accepts what was imported after the last entry of a record, and old entries that were removed", async () => {
    const { file, store, change } = await open();
    await change("a", valuesOf("a"), valuesOf("imported"), false);
    await change("b", valuesOf("b2"), null, false);
    expect((await checkSqlite({ file })).problems.map(({ where }) => where)).toEqual([
      'record "20.500.1/A"',
      'record "20.500.1/B"',
    ]);
    const imported = { ...entry(key("a"), undefined, undefined), operation: "import", handle: "" };
    await store.audit?.add(imported);
    expect(await checkSqlite({ file })).toMatchObject({ found: 0 });
    await store.audit?.removeBefore(new Date(1_800_000_000_000));
    expect(await checkSqlite({ file })).toMatchObject({ found: 0, audit: { first: 7 } });
  });

  it.each<[string, string, RegExp]>([
    [
      "a record that cannot be decoded",
      "UPDATE records SET record = x'07' WHERE key LIKE '%/A'",
      /^record .*\/A": it cannot be decoded/,
    ],
    [
      "a record that was changed beside the audit",
      "UPDATE records SET record = (SELECT record FROM records WHERE key LIKE '%PLAIN') WHERE key LIKE '%/A'",
      /\/A": it is not as its last audit entry, 1, says/,
    ],
    [
      "a record that was removed beside the audit",
      "DELETE FROM records WHERE key LIKE '%/A'; INSERT INTO audit_removed VALUES ('20.500.1/A', 1)",
      /\/A": it was removed, and its last audit entry, 1/,
    ],
    [
      "a record with the entry of another",
      "UPDATE records SET audit = 2 WHERE key LIKE '%/A'",
      /\/A": its last audit entry, 2, is of another handle/,
    ],
    [
      "a record whose entry does not exist",
      "UPDATE records SET audit = 99 WHERE key LIKE '%/A'",
      /\/A": its last audit entry, 99, is missing/,
    ],
    [
      "a removed record that is there",
      "INSERT INTO audit_removed VALUES ('20.500.1/A', 1)",
      /\/A": it is there/,
    ],
    [
      "a key in lower case",
      "UPDATE records SET key = '20.500.1/a' WHERE key LIKE '%/A'",
      /\/a": its key has letters in lower case/,
    ],
    [
      "a key that is no handle",
      "UPDATE records SET key = 'x' WHERE key LIKE '%/A'",
      /"x": its key is not a handle/,
    ],
    [
      "a record that searches do not find",
      "DELETE FROM search WHERE key LIKE '%/A'",
      /\/A": searches do not find it by 1 of its values/,
    ],
    [
      "a revision that would be used again",
      "UPDATE last_revision SET value = 1",
      /its revision \d+ is greater than the last one, 1/,
    ],
    ["a state entry", "UPDATE state SET value = '{'", /^state "session\/x": it is not JSON/],
    [
      "an entry of the audit",
      "UPDATE audit SET entry = replace(entry, '20.500.1/B', '20.500.1/X') WHERE number = 2",
      /^audit entry 2: it was changed/,
    ],
    [
      "an entry that cannot be read",
      "UPDATE audit SET entry = '{' WHERE number = 2",
      /^audit entry 2: it cannot be read/,
    ],
    [
      "an entry that was removed",
      "DELETE FROM audit WHERE number = 5",
      /^audit entry 6: entries 5 to 5 are missing/,
    ],
    [
      "a row that breaks a rule of its table",
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'value INTEGER NOT NULL', 'value INTEGER NOT NULL CHECK (value < 0)') WHERE name = 'last_revision'",
      /^file: .*last_revision/,
    ],
  ])("finds %s", async (_, sql, problem) => {
    const file = await damage(sql);
    const isJson = (text: string) => {
      try {
        return JSON.parse(text) !== undefined;
      } catch {
        return false;
      }
    };
    const checkState = (_key: string, value: string) => (isJson(value) ? undefined : "it is not JSON");
    const { problems, found } = await checkSqlite({ file, checkState });
    expect(problems.map(({ where, reason }) => `${where}: ${reason}`)).toContainEqual(
      expect.stringMatching(problem),
    );
    expect(found).toBe(problems.length);
  });

  it("finds damaged pages, and goes on with what can be read", async () => {
    const file = await damage("");
    const descriptor = openSync(file, "r+");
    const header = Buffer.alloc(100);
    readSync(descriptor, header, 0, 100, 0);
    const size = header.readUInt16BE(16);
    const driver = await openDriver(file);
    const page = Number(
      driver.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'search'").get([])?.[0],
    );
    driver.close();
    writeSync(descriptor, Buffer.alloc(size, 0xee), 0, size, (page - 1) * size);
    const { problems, audit } = await checkSqlite({ file });
    expect(problems.filter(({ where }) => where === "file").length).toBeGreaterThan(0);
    expect(audit).toMatchObject({ entries: 6, problems: [] });
  });

  it("finds an audit that was cut off with an earlier head", async () => {
    const file = await damage(
      "DELETE FROM audit WHERE number >= 5; UPDATE records SET audit = NULL; DELETE FROM audit_removed",
    );
    expect(await checkSqlite({ file })).toMatchObject({ found: 0 });
    const head = { count: 6, digest: "0".repeat(64) };
    expect((await checkSqlite({ file, head })).problems).toEqual([
      { where: "audit entry 6", reason: "the entries from 5 to at least this one were cut off" },
    ]);
  });

  it("refuses what is no store of this version", async () => {
    const missing = tempFile();
    await expect(checkSqlite({ file: missing })).rejects.toMatchObject({
      code: "store_failed",
      message: `There is no store ${missing}.`,
    });
    const old = await damage("PRAGMA user_version = 2");
    await expect(checkSqlite({ file: old })).rejects.toMatchObject({ message: /of the older format 2/ });
    const empty = tempFile();
    openSync(empty, "w");
    await expect(checkSqlite({ file: empty })).rejects.toMatchObject({ message: /is empty/ });
    await expect(checkSqlite({} as never)).rejects.toMatchObject({ code: "invalid_options" });
  });

  it("ends with the reason of its signal", async () => {
    const { file } = await open();
    const reason = new Error("enough");
    await expect(checkSqlite({ file, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
