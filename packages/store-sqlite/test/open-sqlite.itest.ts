import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { handleKey, isHandleError } from "@handlekit/core";
import { encodeRecord } from "@handlekit/core/store";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openDriver } from "../src/driver/open-driver.ts";
import { openSqlite } from "../src/mod.ts";
import { useTempFiles } from "./temp-file.ts";
import { textAt, valuesOf } from "./values.ts";

/** The files of all open connections. libsql itself closes a file only once the statements are garbage. */
const { connections } = vi.hoisted(() => ({ connections: new Map<object, string>() }));

vi.mock("../src/driver/open-driver.ts", async (importActual) => {
  const actual = await importActual<typeof import("../src/driver/open-driver.ts")>();
  return {
    async openDriver(file: string) {
      const driver = await actual.openDriver(file);
      connections.set(driver, file);
      return {
        ...driver,
        close() {
          connections.delete(driver);
          driver.close();
        },
      };
    },
  };
});

const connectionsTo = (file: string) => [...connections.values()].filter((each) => each === file).length;

/** The tables of format 1, with a prefix and some state. */
const FORMAT_1 = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE records (key TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL, record BLOB NOT NULL) STRICT;
  CREATE TABLE prefixes (prefix TEXT NOT NULL PRIMARY KEY) STRICT;
  CREATE TABLE last_revision (value INTEGER NOT NULL) STRICT;
  CREATE TABLE state (
    revision INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, value TEXT NOT NULL
  ) STRICT;
  CREATE TABLE sequences (name TEXT NOT NULL PRIMARY KEY, last INTEGER NOT NULL) STRICT;
  INSERT INTO last_revision (value) VALUES (7);
  INSERT INTO prefixes (prefix) VALUES ('20.500.12345');
  INSERT INTO state (key, value) VALUES ('a', '1');
  INSERT INTO sequences (name, last) VALUES ('s', 7);
  PRAGMA application_id = ${0x48444c4b};
  PRAGMA user_version = 1`;

const tempFile = useTempFiles();
const key = handleKey("20.500.12345/A");
const modeOf = (file: string) => statSync(file).mode & 0o777;
const sizeOf = (file: string) => (existsSync(file) ? statSync(file).size : 0);

/** Opens a file until the test ends. */
async function open(file: string) {
  const opened = await openSqlite({ file });
  onTestFinished(() => opened.close());
  return opened;
}

async function refusal(file: unknown) {
  const error: unknown = await openSqlite({ file: file as string }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isHandleError(error)) throw new Error(`${file} was opened.`);
  return error;
}

async function withDriver<T>(
  file: string,
  use: (driver: Awaited<ReturnType<typeof openDriver>>) => T | Promise<T>,
) {
  const driver = await openDriver(file);
  try {
    driver.exec("PRAGMA busy_timeout = 5000");
    return await use(driver);
  } finally {
    driver.close();
  }
}

describe("a new file", () => {
  it("and its log have mode 0600", async () => {
    const file = tempFile();
    const { store } = await open(file);
    await store.commit(key, "absent", valuesOf("1"));
    expect([file, `${file}-wal`, `${file}-shm`].map(modeOf)).toEqual([0o600, 0o600, 0o600]);
  });

  it("contains everything after close", async () => {
    const file = tempFile();
    const { store, state, close } = await open(file);
    await store.commit(key, "absent", valuesOf("1"));
    await state.put("a", "1", "absent");
    expect(sizeOf(`${file}-wal`)).toBeGreaterThan(0);
    await close();
    expect(sizeOf(`${file}-wal`)).toBe(0);
    const copy = tempFile();
    writeFileSync(copy, readFileSync(file));
    const other = await open(copy);
    expect(await textAt(other.store, key)).toBe("1");
    expect((await other.state.get("a"))?.value).toBe("1");
  });
});

describe("a file that exists", () => {
  it("keeps its mode", async () => {
    const file = tempFile();
    await (await openSqlite({ file })).close();
    chmodSync(file, 0o640);
    await open(file);
    expect(modeOf(file)).toBe(0o640);
  });

  it("becomes a store when it is empty", async () => {
    const file = tempFile();
    writeFileSync(file, "");
    const { store } = await open(file);
    expect(await store.commit(key, "absent", valuesOf("1"))).toBe("done");
  });

  it("of format 1 keeps its records, prefixes and state, and can be searched", async () => {
    const file = tempFile();
    await withDriver(file, (driver) => {
      driver.exec(FORMAT_1);
      const insert = driver.prepare("INSERT INTO records (key, revision, record) VALUES (?, ?, ?)");
      for (const [i, text] of ["1", "2", "3"].entries()) {
        insert.run([`20.500.12345/${i}`, 4 + i, encodeRecord(valuesOf(text))]);
      }
    });
    const { store, state } = await open(file);
    expect(await textAt(store, handleKey("20.500.12345/1"))).toBe("2");
    expect(await store.prefixes()).toEqual(["20.500.12345"]);
    expect((await state.get("a"))?.value).toBe("1");
    expect(await state.next("s")).toBe(8);
    const query = { pattern: "*", type: "URL", after: undefined, limit: 10 };
    expect(await store.find?.({ ...query, pattern: "2" })).toEqual(["20.500.12345/1"]);
    expect(await store.commit(key, "absent", valuesOf("4"))).toBe("done");
    expect((await store.read(key))?.revision).toBe("8");
    expect((await store.find?.(query))?.length).toBe(4);
  });

  it("of format 1 with very many records is not searched before its index is built", async () => {
    const file = tempFile();
    await withDriver(file, (driver) => {
      driver.exec(FORMAT_1);
      driver.exec("UPDATE last_revision SET value = 200000");
      const insert = driver.prepare("INSERT INTO records (key, revision, record) VALUES (?, ?, ?)");
      driver.exec("BEGIN");
      const record = encodeRecord(valuesOf("x"));
      for (let i = 0; i < 2000; i++) insert.run([`20.500.12345/${i}`, i + 1, record]);
      driver.exec("COMMIT");
    });
    const { store } = await open(file);
    const search = store.find?.({ pattern: "x", after: undefined, limit: 1 });
    await expect(search).rejects.toMatchObject({ code: "server_busy", responseCode: 3, retryable: true });
    expect(await store.commit(key, "absent", valuesOf("1"))).toBe("done");
  });

  it("of format 1 gets its search index while nothing is asked of the store", async () => {
    const file = tempFile();
    const records = 5000;
    await withDriver(file, (driver) => {
      driver.exec(FORMAT_1);
      const insert = driver.prepare("INSERT INTO records (key, revision, record) VALUES (?, ?, ?)");
      driver.exec("BEGIN");
      for (let i = 0; i < records; i++) {
        insert.run([`20.500.12345/${i}`, i + 1, encodeRecord(valuesOf(`${i}`))]);
      }
      driver.exec("COMMIT");
    });
    await open(file);
    const indexed = () =>
      withDriver(file, (driver) => driver.prepare("SELECT count(*) FROM search").get([])?.[0]);
    await vi.waitFor(async () => expect(await indexed()).toBe(records), { timeout: 20_000 });
  });

  it("of format 1 without state gets its tables", async () => {
    const file = tempFile();
    await withDriver(file, (driver) => driver.exec(`${FORMAT_1}; DROP TABLE state; DROP TABLE sequences`));
    const { state } = await open(file);
    expect(await state.next("s")).toBe(1);
  });

  it.each(["short", "a text that is longer than the header of a SQLite file. ".repeat(100)])(
    "is refused and left alone when it is no database (%#)",
    async (content) => {
      const file = tempFile();
      writeFileSync(file, content);
      const error = await refusal(file);
      expect(error).toMatchObject({ code: "store_failed", hint: expect.stringContaining("not a SQLite") });
      expect(error.message).toContain(file);
      expect(readFileSync(file, "utf8")).toBe(content);
    },
  );

  it.each(["CREATE TABLE theirs (x)", "PRAGMA application_id = 1", "PRAGMA user_version = 1"])(
    "is refused and left alone when it is another program's: %s",
    async (sql) => {
      const file = tempFile();
      await withDriver(file, (driver) => driver.exec(sql));
      const before = readFileSync(file);
      const error = await refusal(file);
      expect(error.code).toBe("store_failed");
      expect(error.message).toBe(`The file ${file} is the SQLite database of another program.`);
      expect(readFileSync(file).equals(before)).toBe(true);
    },
  );

  it("is refused and not changed if a newer version wrote it", async () => {
    const file = tempFile();
    await (await openSqlite({ file })).close();
    await withDriver(file, (driver) =>
      driver.exec("PRAGMA user_version = 4; PRAGMA wal_checkpoint(TRUNCATE)"),
    );
    const before = readFileSync(file);
    const error = await refusal(file);
    expect(error.message).toContain(`${file} is a handle store of format 4`);
    expect(error.hint).toContain("newer");
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("is left closed and unlocked when its tables are not as they should be", async () => {
    const file = tempFile();
    await (await openSqlite({ file })).close();
    await withDriver(file, (driver) => driver.exec("ALTER TABLE sequences RENAME TO others"));
    expect((await refusal(file)).code).toBe("store_failed");
    expect(connectionsTo(file)).toBe(0);
    await withDriver(file, (driver) => driver.exec("ALTER TABLE others RENAME TO sequences"));
    await open(file);
  });
});

describe("a file that is open", () => {
  it("is refused a second time, with the name of its holder, until it is closed", async () => {
    const file = tempFile();
    const first = await openSqlite({ file });
    const error = await refusal(file);
    expect(error).toMatchObject({ code: "store_failed", retryable: true });
    expect(error.message).toBe(`The store ${file} is in use by this process.`);
    await first.close();
    await open(file);
  });

  it("by another name too", async () => {
    const file = tempFile();
    await open(file);
    const link = tempFile();
    symlinkSync(file, link);
    expect((await refusal(link)).message).toContain(`${file} is in use by this process`);
  });

  it("is opened again if the lock was damaged, as by a loss of power", async () => {
    const file = tempFile();
    await (await openSqlite({ file })).close();
    for (const content of ["", "no database ".repeat(1000)]) {
      writeFileSync(`${file}.lock`, content);
      await (await openSqlite({ file })).close();
    }
    expect(modeOf(`${file}.lock`)).toBe(0o600);
  });

  it("answers reads at once, and refuses writes as busy, while another tool has locked it", async () => {
    const { store, state } = await open(tempFile("locked.sqlite"));
    await store.commit(key, "absent", valuesOf("1"));
    await withDriver(tempFile("locked.sqlite"), async (driver) => {
      driver.exec("BEGIN IMMEDIATE");
      const refused = [store.commit(key, "absent", valuesOf("2")), state.next("s"), store.home("20.5")];
      const settled = Promise.allSettled(refused);
      const begun = performance.now();
      for (let i = 0; i < 100; i++) expect(await textAt(store, key)).toBe("1");
      const inWriting = await Promise.race([settled.then(() => false), Promise.resolve(true)]);
      expect(inWriting).toBe(true);
      for (const result of await settled) {
        expect(result).toMatchObject({
          status: "rejected",
          reason: {
            code: "store_failed",
            retryable: true,
            responseCode: 3,
            hint: expect.stringContaining("Another process"),
          },
        });
      }
      expect(performance.now() - begun).toBeGreaterThan(900);
      driver.exec("ROLLBACK");
    });
    expect(await state.next("s")).toBe(1);
  });

  it("has failures of its writes in words, with the cause", async () => {
    const file = tempFile();
    const { store } = await open(file);
    await withDriver(file, (driver) =>
      driver.exec("CREATE TRIGGER no BEFORE INSERT ON records BEGIN SELECT RAISE(ABORT, 'not now'); END"),
    );
    const error = await store.commit(key, "absent", valuesOf("1")).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "store_failed",
      message: `The store ${file} could not write: not now`,
      retryable: false,
    });
    expect(isHandleError(error) && error.cause).toBeInstanceOf(Error);
  });

  it("has a damaged record named", async () => {
    const file = tempFile();
    const { store } = await open(file);
    await store.commit(key, "absent", valuesOf("1"));
    await withDriver(file, (driver) => driver.exec("UPDATE records SET record = x'09ff'"));
    await expect(store.read(key)).rejects.toMatchObject({
      code: "store_failed",
      message: expect.stringContaining(`read "${key}"`),
    });
  });
});

describe("commits", () => {
  it("are not seen before they are durable", async () => {
    const { store } = await open(tempFile());
    const commit = store.commit(key, "absent", valuesOf("1"));
    expect(await store.read(key)).toBe(undefined);
    await commit;
    expect(await textAt(store, key)).toBe("1");
  });

  it("do not change when their arguments are changed later", async () => {
    const { store } = await open(tempFile());
    const values = valuesOf("before");
    const commit = store.commit(key, "absent", values);
    values[0]?.data.fill(0);
    await commit;
    for (let i = 0; i < 3; i++) expect(await textAt(store, key)).toBe("before");
  });

  it("of a key with a lone surrogate are refused", async () => {
    const { store } = await open(tempFile());
    await expect(store.commit(handleKey("20.5/\ud800"), "absent", valuesOf("1"))).rejects.toMatchObject({
      code: "invalid_handle",
    });
    expect(await store.list("20.5", undefined, 10)).toEqual([]);
  });

  it("replace records that are in memory", async () => {
    const { store } = await open(tempFile());
    await store.commit(key, "absent", valuesOf("0"));
    for (let i = 1; i <= 3; i++) {
      for (let reads = 0; reads < 3; reads++) await store.read(key);
      const hot = await store.read(key);
      expect(await store.read(key)).toBe(hot);
      expect(await store.commit(key, hot?.revision ?? "absent", valuesOf(`${i}`))).toBe("done");
      expect(await textAt(store, key)).toBe(`${i}`);
    }
    await store.commit(key, (await store.read(key))?.revision ?? "absent", null);
    expect(await store.read(key)).toBe(undefined);
  });
});

describe("the option file", () => {
  it.each(["", undefined, null, 1])("is invalid: %o", async (file) => {
    const error = await refusal(file);
    expect(error).toMatchObject({ code: "invalid_options", message: expect.stringContaining("option file") });
  });

  it.each(["none/handles.sqlite", "http://127.0.0.1/handles.sqlite", "libsql://127.0.0.1/x"])(
    "is always a path, and its directory must exist: %s",
    async (name) => {
      const error = await refusal(name);
      expect(error).toMatchObject({ code: "store_failed", hint: "Create the directory first." });
      expect(error.message).toContain(`The store ${resolve(name)} could not be opened`);
    },
  );

  it("cannot be a directory", async () => {
    const error = await refusal(tempFile("."));
    expect(error).toMatchObject({ code: "store_failed", hint: expect.stringContaining("read and write") });
  });
});

describe("store and state", () => {
  it("write to the file at the same time", async () => {
    const { store, state } = await open(tempFile());
    const writes = [store.commit(key, "absent", valuesOf("1")), state.next("s"), state.put("a", "1", "any")];
    expect(await Promise.all(writes)).toEqual(["done", 1, "done"]);
  });

  it("are closed together, after pending writes", async () => {
    const file = tempFile();
    const { store, state, close } = await open(file);
    const writes = [store.commit(key, "absent", valuesOf("1")), state.next("s")];
    await close();
    expect(await Promise.all(writes)).toEqual(["done", 1]);
    for (const call of [store.read(key), state.get("a")]) {
      await expect(call).rejects.toMatchObject({ code: "store_failed" });
    }
    expect(connectionsTo(file)).toBe(0);
    await close();
    const again = await open(file);
    expect(await textAt(again.store, key)).toBe("1");
    expect(await again.state.next("s")).toBe(2);
  });

  it("are closed each by itself too", async () => {
    const { store, state } = await open(tempFile());
    await state.close?.();
    expect(await store.commit(key, "absent", valuesOf("1"))).toBe("done");
    await store.close();
    await expect(store.read(key)).rejects.toMatchObject({ code: "store_failed" });
  });
});

describe("the statistics of a store", () => {
  it("count reads, those from memory, and the writes with their groups", async () => {
    const { store, state, statistics } = await open(tempFile());
    expect(statistics()).toMatchObject({ reads: 0, cacheHits: 0, groups: 0, writes: 0, failedGroups: 0 });
    await Promise.all([
      store.home("20.500.12345"),
      store.commit(key, "absent", valuesOf("a")),
      state.put("a", "1", "any"),
    ]);
    const written = statistics();
    expect([written.groups, written.writes, written.failedGroups, written.cacheBytes]).toEqual([1, 3, 0, 0]);
    expect(written.writeMilliseconds).toBeGreaterThan(0);
    for (let i = 0; i < 4; i++) await store.read(key);
    const read = statistics();
    expect([read.reads, read.cacheHits]).toEqual([4, 2]);
    expect(read.cacheBytes).toBeGreaterThan(0);
  });

  it("count a group that failed", async () => {
    const file = tempFile();
    const { state, statistics } = await open(file);
    await withDriver(file, async (other) => {
      other.exec("BEGIN IMMEDIATE");
      const refused = state.put("a", "1", "any");
      await expect(refused).rejects.toMatchObject({ code: "store_failed", retryable: true });
      other.exec("ROLLBACK");
    });
    expect(statistics()).toMatchObject({ groups: 1, writes: 1, failedGroups: 1 });
    await state.put("a", "1", "any");
    expect(statistics()).toMatchObject({ groups: 2, writes: 2, failedGroups: 1 });
  });
});
