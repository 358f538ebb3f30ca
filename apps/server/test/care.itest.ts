import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { handleKey } from "@handlekit/core";
import { openSqlite } from "@handlekit/store-sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCareAndAudit, makeHistory, numbered } from "./audit-support.ts";
import { makeDirectory, recordsOf, refusal, withStore } from "./transfer-support.ts";

const PREFIX = "20.500.12345";

let folder: string;
let directory: string;
let backup: string;
const { care, audit, printed, notes } = createCareAndAudit();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  directory = await makeDirectory(join(folder, "data"), new Map([[`${PREFIX}/plain`, numbered(1)]]), [
    "0.NA",
    PREFIX,
  ]);
  await withStore(directory, async (store) => {
    for (const name of ["a", "b"]) await makeHistory(store, `${PREFIX}/${name}`);
    await store.commit(handleKey("other/x"), "absent", numbered(2));
  });
  await mkdir(join(directory, "tls"), { mode: 0o700 });
  await writeFile(join(folder, "elsewhere.pem"), "S3CR3T-key-elsewhere", { mode: 0o600 });
  await symlink(join(folder, "elsewhere.pem"), join(directory, "tls/key.pem"));
  await writeFile(join(directory, "server-certificate.pem"), "certificate", { mode: 0o644 });
  await writeFile(join(directory, "session.key"), "S3CR3T-session-key", { mode: 0o600 });
  await writeFile(join(directory, "access.log"), "not of the backup");
  await writeFile(
    join(directory, "config.json"),
    JSON.stringify({ tlsKey: "tls/key.pem", ardcPrefix: "10378.1", ardcKey: join(folder, "ardc.key") }),
  );
  backup = join(folder, "backup");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const modes = async (path: string) => (await stat(path)).mode & 0o777;

describe("hdl-server check", () => {
  it("finds nothing in a store that is whole, and shows what there is", async () => {
    expect(await care.check(directory, {})).toBe(true);
    const [records, trail, state, ...rest] = printed();
    expect(records).toMatch(/^records {2}2; \d are in the search index, \d are not yet$/);
    expect(trail).toMatch(/^audit {4}6 entries from 1; head 6:[0-9a-f]{64}$/);
    expect(state).toBe("state    0 entries");
    expect(rest).toEqual(["note: 1 records have the prefix OTHER, which is not homed", "no problems"]);
    expect(notes()).toEqual([]);
  });

  it("finds problems also while the store is in use, and an import that has not ended", async () => {
    const other = await makeDirectory(join(folder, "other"));
    const { store, state, close } = await openSqlite({ file: join(other, "store.sqlite") });
    try {
      await makeHistory(store, `${PREFIX}/a`);
      await state.put("session/x", "{", "any");
      await state.put("health/ready", "any text", "any");
      await writeFile(join(other, "import.journal"), "");
      expect(await care.check(other, { head: { count: 4, digest: "0".repeat(64) } })).toBe(false);
      expect(printed().slice(3)).toEqual([
        'problem: state "session/x": it is not JSON',
        "problem: audit entry 4: the entries from 4 to at least this one were cut off",
        "2 problems",
      ]);
      expect(notes()[0]).toMatch(/^An import has not ended/);
    } finally {
      await close();
    }
  });

  it("refuses a directory without a store", async () => {
    const none = join(folder, "none");
    await mkdir(none);
    await writeFile(join(none, "config.json"), "{}");
    expect(await refusal(care.check(none, {}))).toMatch(/has no store/);
    expect(await refusal(care.backup(none, join(folder, "x")))).toMatch(/has no store/);
    expect(await readdir(none)).toEqual(["config.json"]);
  });
});

describe("hdl-server backup and restore", () => {
  it("copies store, settings and keys while the store is in use, for the owner alone", async () => {
    const opened = await openSqlite({ file: join(directory, "store.sqlite") });
    await makeHistory(opened.store, `${PREFIX}/c`);
    await care.backup(directory, backup);
    await opened.close();
    const { files, head } = JSON.parse(printed()[0] ?? "").backup;
    expect(files.sort()).toEqual([
      "config.json",
      "server-certificate.pem",
      "session.key",
      "store.sqlite",
      "tls/key.pem",
    ]);
    expect(head).toMatch(/^9:/);
    const [left, secrets] = notes();
    expect(left).toContain(`does not contain ${join(folder, "ardc.key")}, which is outside`);
    expect(secrets).toMatch(/keep it as safe/);
    expect((await readdir(backup)).sort()).toEqual([
      "config.json",
      "manifest.json",
      "server-certificate.pem",
      "session.key",
      "store.sqlite",
      "tls",
    ]);
    for (const name of ["", "tls"]) expect(await modes(join(backup, name))).toBe(0o700);
    for (const name of [...files, "manifest.json"]) expect(await modes(join(backup, name))).toBe(0o600);
    expect(await readFile(join(backup, "tls/key.pem"), "utf8")).toBe("S3CR3T-key-elsewhere");
    expect((await readdir(folder)).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("restores a directory that passes the check, and says what is missing", async () => {
    const restored = join(folder, "restored");
    await mkdir(restored);
    await care.restore(backup, restored);
    const { head, time } = JSON.parse(printed()[0] ?? "").restored;
    expect(Date.now() - Date.parse(time)).toBeLessThan(60_000);
    expect(notes()).toEqual([`Its settings name ${join(folder, "ardc.key")}, which is not in the backup.`]);
    expect(await care.check(restored, {})).toBe(true);
    expect(printed()[1]).toContain(`head ${head}`);
    expect(await recordsOf(restored)).toEqual(await recordsOf(directory));
    expect(await audit.verify(restored, {})).toBe(true);
    printed();
    expect(await modes(restored)).toBe(0o700);
    for (const name of await readdir(restored)) {
      if (name !== "tls") expect(await modes(join(restored, name))).toBe(0o600);
    }
  });

  it("says that the settings name a store elsewhere", async () => {
    const from = await makeDirectory(join(folder, "elsewhere"));
    const file = join(folder, "elsewhere.sqlite");
    await cp(join(from, "store.sqlite"), file);
    await writeFile(join(from, "config.json"), JSON.stringify({ store: file }));
    await care.backup(from, join(folder, "elsewhere-backup"));
    await care.restore(join(folder, "elsewhere-backup"), join(folder, "elsewhere-restored"));
    expect(notes().join("\n")).toContain(`names another store, ${file}: set "store" to "store.sqlite"`);
    printed();
  });

  it("refuses a target that is not empty, and leaves it", async () => {
    // SQLite removes the files of its log when the last connection is closed, whoever had it.
    const files = async () => (await readdir(directory)).filter((name) => !/-(wal|shm)$/.test(name));
    const before = await files();
    expect(await refusal(care.restore(backup, directory))).toMatch(/is not empty; nothing was changed/);
    expect(await refusal(care.backup(directory, backup))).toMatch(/is not empty; nothing was changed/);
    expect(await refusal(care.backup(directory, join(folder, "no/such")))).toMatch(/cannot be written/);
    expect(await files()).toEqual(before);
    expect(await refusal(care.restore(directory, join(folder, "x")))).toMatch(/is not a backup/);
  });

  it.each<[string, (path: string) => Promise<unknown>, RegExp]>([
    [
      "a changed file",
      (path) => writeFile(join(path, "session.key"), "S3CR3T-session-kez"),
      /session\.key is not as it was/,
    ],
    ["a missing file", (path) => rm(join(path, "tls/key.pem")), /tls\/key\.pem is missing/],
    [
      "a manifest that is not JSON",
      (path) => writeFile(join(path, "manifest.json"), "S3CR3T"),
      /manifest\.json is damaged/,
    ],
    [
      "a manifest without the store",
      (path) => edit(path, /"store": "store.sqlite"/, '"store": "other"'),
      /manifest\.json is damaged/,
    ],
    [
      "a file outside of the directory",
      (path) => edit(path, /"session\.key"/, '"../session.key"'),
      /manifest\.json is damaged/,
    ],
    [
      "a file with an absolute path",
      (path) => edit(path, /"session\.key"/, '"/tmp/session.key"'),
      /manifest\.json is damaged/,
    ],
    ["a newer version", (path) => edit(path, /"version": 1/, '"version": 2'), /of a newer version/],
  ])("refuses %s, and restores nothing", async (name, damage, reason) => {
    const copy = join(folder, `damaged ${name}`);
    await cp(backup, copy, { recursive: true });
    await damage(copy);
    const target = join(folder, `target ${name}`);
    expect(await refusal(care.restore(copy, target))).toMatch(reason);
    expect((await readdir(folder)).filter((each) => each.startsWith("target"))).toEqual([]);
  });
});

async function edit(path: string, what: RegExp, replacement: string): Promise<void> {
  const file = join(path, "manifest.json");
  const text = await readFile(file, "utf8");
  const changed = text.replace(what, replacement);
  expect(changed).not.toBe(text);
  await writeFile(file, changed);
}
