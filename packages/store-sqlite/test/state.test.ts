import { existsSync, statSync } from "node:fs";
import { handleKey } from "@handlekit/core";
import { type ClosableState, describeState } from "@handlekit/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import type { SqlDriver } from "../src/driver/driver.ts";
import { openDriver } from "../src/driver/open-driver.ts";
import { createSqliteState, createSqliteStore } from "../src/mod.ts";
import { openState } from "../src/open-state.ts";
import { prepareSchema } from "../src/schema.ts";
import { useTempFiles } from "./temp-file.ts";
import { textAt, valuesOf } from "./values.ts";

const tempFile = useTempFiles();
const files = new WeakMap<ClosableState, string>();

async function open(file = tempFile()): Promise<ClosableState> {
  const state = await createSqliteState({ file });
  files.set(state, file);
  return state;
}

describeState(
  "SQLite state",
  {
    open: () => open(),
    async reopen(state) {
      await state.close?.();
      return open(files.get(state));
    },
  },
  { describe, expect, it },
);

describeState(
  "SQLite state in memory",
  { open: () => createSqliteState({ file: ":memory:" }) },
  { describe, expect, it },
);

/** A state store with the connection under it and what was run to change something. */
async function watched(file = tempFile()) {
  const driver = await openDriver(file);
  const runs: string[] = [];
  const seen: SqlDriver = {
    ...driver,
    prepare(sql) {
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
  prepareSchema(driver, file);
  const state = openState(seen, file);
  onTestFinished(() => state.close());
  return { driver, state, runs };
}

describe("SQLite state", () => {
  it("writes the changes of one turn in one transaction, in their order", async () => {
    const { state, runs } = await watched();
    runs.length = 0;
    const changes = [
      state.put("a", "1", "absent"),
      state.next("s"),
      state.delete("a"),
      state.put("a", "2", "absent"),
      state.next("s"),
      state.put("a", "3", "absent"),
    ];
    expect(await Promise.all(changes)).toEqual(["done", 1, undefined, "done", 2, "conflict"]);
    expect(runs.filter((sql) => /^(BEGIN|COMMIT)/.test(sql))).toEqual(["BEGIN IMMEDIATE", "COMMIT"]);
    expect((await state.get("a"))?.value).toBe("2");
  });

  it("rejects every change of a transaction that fails and writes none", async () => {
    const { state, driver } = await watched();
    driver.exec(`CREATE TRIGGER no_b BEFORE INSERT ON state WHEN NEW.key = 'b'
      BEGIN SELECT RAISE(ABORT, 'not b'); END`);
    const results = await Promise.allSettled([
      state.put("a", "1", "any"),
      state.put("b", "1", "any"),
      state.next("s"),
    ]);
    for (const result of results) {
      expect(result).toMatchObject({ status: "rejected", reason: { code: "store_failed" } });
    }
    driver.exec("DROP TRIGGER no_b");
    expect(await state.get("a")).toBe(undefined);
    expect(await state.next("s")).toBe(1);
  });

  it("finds entries and pages through an index", async () => {
    const { driver } = await watched();
    for (const sql of [
      "SELECT value FROM state WHERE key = ?",
      "SELECT value FROM state WHERE key >= ? AND key < ? ORDER BY key LIMIT ?",
    ]) {
      const parameters = Array.from(sql.matchAll(/\?/g), () => 1);
      const plan = driver.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(parameters).flat().join(" ");
      expect(plan).toMatch(/SEARCH state USING INDEX/);
    }
  });

  it("lives in the file of a store, whichever opens it first, and closes by itself", async () => {
    const file = tempFile();
    const key = handleKey("20.500.12345/A");
    const state = await createSqliteState({ file });
    const store = await createSqliteStore({ file });
    const [outcome, number] = await Promise.all([
      store.commit(key, "absent", valuesOf("1")),
      state.next("s"),
    ]);
    expect([outcome, number]).toEqual(["done", 1]);
    await state.close();
    expect(await textAt(store, key)).toBe("1");
    await store.close();
    expect(existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0).toBe(0);
    const again = await createSqliteState({ file });
    expect(await again.next("s")).toBe(2);
    await again.close();
  });

  it("makes its tables in the file of a store that had none", async () => {
    const file = tempFile();
    const store = await createSqliteStore({ file });
    await store.home("20.500.12345");
    const states = await Promise.all([createSqliteState({ file }), createSqliteState({ file })]);
    const numbers = await Promise.all(states.flatMap((state) => [state.next("s"), state.next("s")]));
    expect(numbers.sort()).toEqual([1, 2, 3, 4]);
    for (const each of [...states, store]) await each.close();
  });

  it("finishes what was begun when it is closed", async () => {
    const file = tempFile();
    const state = await createSqliteState({ file });
    const put = state.put("a", "1", "absent");
    await state.close();
    await state.close();
    expect(await put).toBe("done");
    const again = await createSqliteState({ file });
    expect((await again.get("a"))?.value).toBe("1");
    await again.close();
  });

  it("refuses a file without a name, and another program's", async () => {
    await expect(createSqliteState({ file: "" })).rejects.toMatchObject({ code: "invalid_options" });
    const file = tempFile();
    const driver = await openDriver(file);
    driver.exec("CREATE TABLE theirs (x)");
    driver.close();
    await expect(createSqliteState({ file })).rejects.toMatchObject({ code: "store_failed" });
  });
});
