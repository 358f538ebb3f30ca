import { describe, expect, it, onTestFinished } from "vitest";
import type { SqlDriver } from "../src/driver/driver.ts";
import { openDriver } from "../src/driver/open-driver.ts";
import { openState } from "../src/open-state.ts";
import { prepareSchema } from "../src/schema.ts";
import { useTempFiles } from "./temp-file.ts";

const tempFile = useTempFiles();

/** Opens a state store, with its connection and the statements that changed something. */
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
});
