import { handleKey } from "@handlekit/core";
import { encodeRecord, type Revision } from "@handlekit/core/store";
import { describe, expect, it, onTestFinished } from "vitest";
import type { SqlDriver } from "../src/driver/driver.ts";
import { openDriver } from "../src/driver/open-driver.ts";
import { prepareSchema } from "../src/file/schema.ts";
import { createRecordReader } from "../src/read/record-reader.ts";
import { openStateTable } from "../src/write/state-table.ts";
import { createWriter, type Write } from "../src/write/writer.ts";
import { useTempFiles } from "./temp-file.ts";
import { textOf, valuesOf } from "./values.ts";

const tempFile = useTempFiles();
const keys = Array.from({ length: 50 }, (_, i) => handleKey(`20.500.12345/${i}`));
const [A = handleKey("A/"), B = A, C = A] = keys;

/** Opens a writer, with its connection, the prepared statements and those that changed something. */
async function open() {
  const file = tempFile();
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
  const writer = createWriter(seen);
  const reader = createRecordReader(seen);
  onTestFinished(() => driver.close());
  const commit = (key = A, expected: string | number, text: string | null): Write => ({
    kind: "commit",
    key,
    expected: `${expected}` as Revision | "absent",
    record: text === null ? null : encodeRecord(valuesOf(text)),
  });
  return { file, driver, writer, reader, prepared, runs, commit };
}

const pragma = (driver: SqlDriver, name: string) => driver.prepare(`PRAGMA ${name}`).get([])?.[0];

describe("the connection that writes", () => {
  it("has a write-ahead log that is synced at every commit, also after the search index has grown", async () => {
    const { driver, writer, commit } = await open();
    expect(pragma(driver, "journal_mode")).toBe("wal");
    expect(pragma(driver, "synchronous")).toBe(2);
    expect(pragma(driver, "busy_timeout")).toBe(1000);
    writer.write([commit(A, "absent", "1")]);
    expect(writer.extendIndex(10)).toBe(1);
    expect(pragma(driver, "synchronous")).toBe(2);
  });

  it("finds records, pages and new records through an index", async () => {
    const { driver, prepared } = await open();
    const reads = prepared.filter((text) => /^SELECT (?!1).*FROM (records|search) /.test(text));
    expect(reads.length).toBe(4);
    for (const text of reads) {
      const parameters = Array.from(text.matchAll(/\?/g), () => 1);
      const plan = driver.prepare(`EXPLAIN QUERY PLAN ${text}`).all(parameters).flat().join(" ");
      expect(plan).toMatch(/SEARCH records USING (INDEX|COVERING INDEX|INTEGER PRIMARY KEY)/);
      expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
    }
  });
});

describe("a group of writes", () => {
  it("is one transaction, with records and state", async () => {
    const { writer, runs, commit, reader } = await open();
    runs.length = 0;
    const outcomes = writer.write([
      ...keys.map((key) => commit(key, "absent", key)),
      { kind: "put", key: "a", value: "1", expected: "absent" },
      { kind: "next", sequence: "s" },
      { kind: "home", prefix: "20.500.12345" },
    ]);
    expect(outcomes).toEqual([...keys.map((_, i) => i + 1), "done", 1, "done"]);
    expect(runs.filter((sql) => /^(BEGIN|COMMIT)/.test(sql))).toEqual(["BEGIN IMMEDIATE", "COMMIT"]);
    expect(runs.filter((sql) => /search/.test(sql))).toEqual([]);
    expect(reader.list("20.500.12345", undefined, 100)).toEqual([...keys].sort());
    expect(reader.prefixes()).toEqual(["20.500.12345"]);
  });

  it("is decided in its order", async () => {
    const { writer, commit, reader } = await open();
    expect(
      writer.write([
        commit(A, "absent", null),
        commit(A, "absent", "1"),
        commit(A, "absent", "2"),
        commit(A, "absent", null),
      ]),
    ).toEqual([0, 1, "conflict", "conflict"]);
    expect(
      writer.write([commit(A, 1, null), commit(A, 1, "3"), commit(A, "absent", "4"), commit(A, 0, "5")]),
    ).toEqual([0, "conflict", 2, "conflict"]);
    expect(textOf(reader.read(A)?.record)).toBe("4");
    for (const strange of ["", "x", "2.0", "02", "1e1", "-1"]) {
      expect(writer.write([commit(A, strange, "6")])).toEqual(["conflict"]);
    }
  });

  it("of state is decided in its order", async () => {
    const { writer, driver } = await open();
    const put = (value: string): Write => ({ kind: "put", key: "a", value, expected: "absent" });
    const next: Write = { kind: "next", sequence: "s" };
    expect(writer.write([put("1"), next, { kind: "delete", key: "a" }, put("2"), next, put("3")])).toEqual([
      "done",
      1,
      "done",
      "done",
      2,
      "conflict",
    ]);
    expect(openStateTable(driver).get("a")?.value).toBe("2");
  });
});

describe("a transaction that fails", () => {
  it.each([
    ["for lack of space", "PRAGMA max_page_count = 14", "PRAGMA max_page_count = 100000"],
    [
      "for one statement",
      `CREATE TRIGGER no_c BEFORE INSERT ON records WHEN NEW.key = '${C}' BEGIN SELECT RAISE(ABORT, 'not C'); END`,
      "DROP TRIGGER no_c",
    ],
  ])("%s writes nothing of its group, and the next one is whole", async (_, breakIt, mendIt) => {
    const { writer, commit, reader, driver } = await open();
    writer.write([commit(A, "absent", "kept")]);
    driver.exec(breakIt);
    const group = [
      commit(B, "absent", "small"),
      commit(C, "absent", "x".repeat(1_000_000)),
      commit(A, 1, null),
      { kind: "next", sequence: "s" } as const,
    ];
    expect(() => writer.write(group)).toThrow(/full|not C/);
    expect(reader.list("20.500.12345", undefined, 10)).toEqual([A]);
    expect(textOf(reader.read(A)?.record)).toBe("kept");
    driver.exec(mendIt);
    // Revisions that were given out in the failed transaction were never seen by anybody.
    expect(writer.write(group)).toEqual([2, 3, 0, 1]);
    expect(pragma(driver, "integrity_check")).toBe("ok");
  });
});

describe("the search index", () => {
  const terms = (driver: SqlDriver) =>
    driver.prepare("SELECT count(*), count(DISTINCT key) FROM search").get([]);

  it("grows by new records, and follows changes of those that it has", async () => {
    const { writer, commit, driver } = await open();
    writer.write(keys.map((key) => commit(key, "absent", key)));
    expect(writer.unindexed()).toBe(50);
    expect(writer.extendIndex(30)).toBe(30);
    expect(terms(driver)).toEqual([30, 30]);
    // One that is in the index, and one that is not.
    writer.write([commit(keys[0], 1, "other"), commit(keys[49], 50, null), commit(keys[48], 49, "other")]);
    expect(terms(driver)).toEqual([30, 30]);
    writer.write([commit(keys[0], 51, null), commit(keys[1], 2, null)]);
    expect(terms(driver)).toEqual([28, 28]);
    expect(writer.extendIndex(30)).toBe(19);
    expect(writer.extendIndex(30)).toBe(0);
    expect(terms(driver)).toEqual([47, 47]);
  });

  it("is complete again after changes and deletions, however many revisions these took", async () => {
    const { writer, commit } = await open();
    writer.write([commit(A, "absent", "0"), commit(B, "absent", "b")]);
    for (let i = 1; i <= 50; i++) writer.write([commit(A, i === 1 ? 1 : i + 1, `${i}`)]);
    writer.write([commit(B, 2, null)]);
    expect(writer.unindexed()).toBe(52);
    expect(writer.extendIndex(10)).toBe(1);
    expect(writer.unindexed()).toBe(0);
    expect(writer.extendIndex(10)).toBe(0);
  });

  it("takes in a record that is created after the newest was deleted", async () => {
    const { writer, commit, driver } = await open();
    writer.write([commit(A, "absent", "a")]);
    writer.extendIndex(10);
    writer.write([commit(A, 1, null)]);
    writer.write([commit(B, "absent", "b")]);
    expect(writer.extendIndex(10)).toBe(1);
    expect(driver.prepare("SELECT key FROM search").all([])).toEqual([[B]]);
  });

  it("is not prevented from growing by a damaged record", async () => {
    const { writer, commit, driver } = await open();
    writer.write([commit(A, "absent", "a"), commit(B, "absent", "b")]);
    driver.exec("UPDATE records SET record = x'09ff' WHERE rowid = 1");
    expect(writer.extendIndex(10)).toBe(2);
    expect(writer.write([commit(A, 1, "mended")])).toEqual([3]);
    expect(terms(driver)).toEqual([2, 2]);
  });
});
