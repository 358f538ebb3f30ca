import { handleKey, isHandleError } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { describe, expect, it, onTestFinished } from "vitest";
import type { SqlDriver } from "../src/driver/driver.ts";
import { openDriver } from "../src/driver/open-driver.ts";
import { openStore } from "../src/open-store.ts";
import { prepareSchema } from "../src/schema.ts";
import { useTempFiles } from "./temp-file.ts";
import { expectedAt, textAt, valuesOf } from "./values.ts";

const tempFile = useTempFiles();
const keys = Array.from({ length: 50 }, (_, i) => handleKey(`20.500.12345/${i}`));
const [A = handleKey("A/"), B = A, C = A] = keys;

/** Opens a store, with its connection, the prepared statements and those that changed something. */
async function open(file = tempFile()) {
  const driver = await openDriver(file);
  const prepared: string[] = [];
  const runs: string[] = [];
  const seen: SqlDriver = {
    ...driver,
    prepare(sql) {
      prepared.push(sql);
      const statement = driver.prepare(sql);
      return {
        ...statement,
        run(parameters) {
          runs.push(sql);
          return statement.run(parameters);
        },
      };
    },
  };
  prepareSchema(seen, file);
  const store = openStore(seen, file);
  onTestFinished(() => store.close());
  return { file, driver, store, prepared, runs };
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

const pragma = (driver: SqlDriver, name: string) => driver.prepare(`PRAGMA ${name}`).get([])?.[0];

describe("the connection", () => {
  it("has a write-ahead log that is synced at every commit", async () => {
    const { driver } = await open();
    expect(pragma(driver, "journal_mode")).toBe("wal");
    expect(pragma(driver, "synchronous")).toBe(2);
    expect(pragma(driver, "busy_timeout")).toBe(5000);
  });

  it("finds records and pages through an index", async () => {
    const { driver, prepared } = await open();
    const reads = prepared.filter((text) => /^SELECT (?!1).*FROM records/.test(text));
    expect(reads.length).toBe(2);
    for (const text of reads) {
      const parameters = Array.from(text.matchAll(/\?/g), () => 1);
      const plan = driver.prepare(`EXPLAIN QUERY PLAN ${text}`).all(parameters).flat().join(" ");
      expect(plan).toMatch(/SEARCH records USING INDEX|SEARCH records USING COVERING INDEX/);
      expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
    }
  });
});

describe("commits of one turn", () => {
  it("share one transaction", async () => {
    const { store, runs } = await open();
    runs.length = 0;
    const answers = await Promise.all(keys.map((key) => store.commit(key, "absent", valuesOf(key))));
    expect(answers).toEqual(keys.map(() => "done"));
    expect(runs.filter((sql) => !/^(INSERT|UPDATE) /.test(sql))).toEqual(["BEGIN IMMEDIATE", "COMMIT"]);
    expect(runs.filter((sql) => /^INSERT INTO records /.test(sql)).length).toBe(keys.length);
    expect(await store.list("20.500.12345", undefined, 100)).toEqual([...keys].sort());
  });

  it("are decided in their order", async () => {
    const { store } = await open();
    const answers = await Promise.all([
      store.commit(A, "absent", null),
      store.commit(A, "absent", valuesOf("1")),
      store.commit(A, "absent", valuesOf("2")),
      store.commit(A, "absent", null),
    ]);
    expect(answers).toEqual(["done", "done", "conflict", "conflict"]);
    const first = await expectedAt(store, A);
    const more = await Promise.all([
      store.commit(A, first, null),
      store.commit(A, first, valuesOf("3")),
      store.commit(A, "absent", valuesOf("4")),
    ]);
    expect(more).toEqual(["done", "conflict", "done"]);
    expect(await textAt(store, A)).toBe("4");
    expect(await expectedAt(store, A)).not.toBe(first);
  });

  it("are not seen before they are durable", async () => {
    const { store } = await open();
    const commit = store.commit(A, "absent", valuesOf("1"));
    expect(await store.read(A)).toBe(undefined);
    await commit;
    expect(await textAt(store, A)).toBe("1");
  });

  it("are finished by close", async () => {
    const { store, file } = await open();
    const commits = keys.map((key) => store.commit(key, "absent", valuesOf(key)));
    await store.close();
    expect(await Promise.all(commits)).toEqual(keys.map(() => "done"));
    const again = await open(file);
    expect((await again.store.list("20.500.12345", undefined, 100)).length).toBe(keys.length);
  });

  it("do not change when their arguments are changed later", async () => {
    const { store } = await open();
    const values = valuesOf("before");
    const commit = store.commit(A, "absent", values);
    values[0]?.data.fill(0);
    await commit;
    expect(await textAt(store, A)).toBe("before");
  });
});

describe("a transaction that fails", () => {
  async function expectAllToFail(
    store: HandleStore,
    file: string,
    hint: string | undefined,
    retryable: boolean,
  ) {
    const revision = await expectedAt(store, A);
    const errors = await Promise.all([
      failure(store.commit(B, "absent", valuesOf("small"))),
      failure(store.commit(C, "absent", valuesOf("x".repeat(1_000_000)))),
      failure(store.commit(A, revision, null)),
    ]);
    for (const error of errors) {
      expect(error).toMatchObject({ code: "store_failed", retryable });
      if (hint !== undefined) expect(error).toMatchObject({ hint: expect.stringContaining(hint) });
      expect(error).toMatchObject({
        message: expect.stringContaining(`The store ${file} could not write: `),
      });
      expect(isHandleError(error) && error.cause).toBeInstanceOf(Error);
    }
    expect(await store.list("20.500.12345", undefined, 10)).toEqual([A]);
    expect(await textAt(store, A)).toBe("kept");
  }

  it("for lack of space rejects every commit in it and writes none", async () => {
    const { store, driver, file } = await open();
    await store.commit(A, "absent", valuesOf("kept"));
    driver.exec("PRAGMA max_page_count = 12");
    await expectAllToFail(store, file, "disk is full", false);
    driver.exec("PRAGMA max_page_count = 100000");
    expect(await store.commit(C, "absent", valuesOf("x".repeat(1_000_000)))).toBe("done");
    expect(pragma(driver, "integrity_check")).toBe("ok");
  });

  it("for one statement does so too", async () => {
    const { store, driver, file } = await open();
    await store.commit(A, "absent", valuesOf("kept"));
    driver.exec(`CREATE TRIGGER no_c BEFORE INSERT ON records WHEN NEW.key = '${C}'
      BEGIN SELECT RAISE(ABORT, 'not C'); END`);
    await expectAllToFail(store, file, undefined, false);
    driver.exec("DROP TRIGGER no_c");
    expect(await store.commit(C, "absent", valuesOf("small"))).toBe("done");
  });

  it("because of a lock does so too and may be retried", async () => {
    const { store, driver, file } = await open();
    await store.commit(A, "absent", valuesOf("kept"));
    driver.exec("PRAGMA busy_timeout = 0");
    const other = await openDriver(file);
    other.exec("BEGIN IMMEDIATE");
    await expectAllToFail(store, file, "Another process", true);
    other.exec("ROLLBACK");
    other.close();
    expect(await store.commit(B, "absent", valuesOf("small"))).toBe("done");
  });
});

describe("two connections", () => {
  it("see and respect each other's writes", async () => {
    const { store: one, file } = await open();
    const { store: two } = await open(file);
    await one.commit(A, "absent", valuesOf("1"));
    const revision = await expectedAt(two, A);
    expect(await two.commit(A, revision, valuesOf("2"))).toBe("done");
    expect(await textAt(one, A)).toBe("2");
    expect(await one.commit(A, revision, valuesOf("3"))).toBe("conflict");
    expect(await one.commit(A, await expectedAt(one, A), valuesOf("3"))).toBe("done");
    expect(await textAt(two, A)).toBe("3");
  });
});

describe("errors of one record", () => {
  it("a key with a lone surrogate", async () => {
    const { store } = await open();
    const error = await failure(store.commit(handleKey("20.5/\ud800"), "absent", valuesOf("1")));
    expect(isHandleError(error, "invalid_handle")).toBe(true);
    expect(await store.list("20.5", undefined, 10)).toEqual([]);
  });

  it("a damaged record", async () => {
    const { store, driver } = await open();
    await store.commit(A, "absent", valuesOf("1"));
    driver.exec("UPDATE records SET record = x'09ff'");
    const error = await failure(store.read(A));
    expect(error).toMatchObject({ code: "store_failed", message: expect.stringContaining(`read "${A}"`) });
  });
});
