import type { Revision, StateEntry } from "@handlekit/core/store";
import type { SqlDriver } from "../driver/driver.ts";
import { laterInBytes, sqlLimit, textOf } from "../read/text-of.ts";
import { numberOf } from "./record-table.ts";

/** The statements of a state store. Run those that write in a transaction. */
export interface StateTable {
  get(key: string): StateEntry | undefined;
  scan(prefix: string, after: string | undefined, limit: number): (readonly [string, StateEntry])[];
  put(key: string, value: string, expected: Revision | "absent" | "any"): "done" | "conflict";
  remove(key: string): void;
  next(sequence: string): number;
}

/** The smallest text, by UTF-8 bytes, that is greater than all texts that begin with `prefix`; undefined if there is none. */
function afterAll(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}

/** Prepares the statements. */
export function openStateTable(driver: SqlDriver): StateTable {
  const columns = "SELECT revision, CAST(value AS BLOB), CAST(key AS BLOB) FROM state";
  const one = driver.prepare(`${columns} WHERE key = ?`);
  const range = driver.prepare(`${columns} WHERE key >= ? AND key < ? ORDER BY key LIMIT ?`);
  const rest = driver.prepare(`${columns} WHERE key >= ? ORDER BY key LIMIT ?`);
  const insert = driver.prepare("INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING");
  const replace = driver.prepare("INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)");
  const removeKnown = driver.prepare("DELETE FROM state WHERE key = ? AND revision = ?");
  const remove = driver.prepare("DELETE FROM state WHERE key = ?");
  const count = driver.prepare(
    "INSERT INTO sequences (name, last) VALUES (?, 1) ON CONFLICT DO UPDATE SET last = last + 1",
  );
  const counted = driver.prepare("SELECT last FROM sequences WHERE name = ?");

  type Row = ReturnType<typeof one.all>[number];
  const entryOf = ([revision, value]: Row): StateEntry => ({
    value: textOf(value),
    revision: String(revision) as Revision,
  });

  return {
    get(key) {
      const row = one.get([key]);
      return row && entryOf(row);
    },
    scan(prefix, after, limit) {
      // There is no text between a key and the same key followed by U+0000.
      const from = after === undefined ? prefix : laterInBytes(prefix, `${after}\0`);
      const to = afterAll(prefix);
      const max = sqlLimit(limit);
      const rows = to === undefined ? rest.all([from, max]) : range.all([from, to, max]);
      return rows.map((row) => [textOf(row[2]), entryOf(row)]);
    },
    put(key, value, expected) {
      if (expected === "any") return replace.run([key, value]) > 0 ? "done" : "conflict";
      if (expected !== "absent") {
        const known = numberOf(expected);
        if (known === undefined || removeKnown.run([key, known]) !== 1) return "conflict";
      }
      return insert.run([key, value]) === 1 ? "done" : "conflict";
    },
    remove(key) {
      remove.run([key]);
    },
    next(sequence) {
      count.run([sequence]);
      return Number(counted.get([sequence])?.[0]);
    },
  };
}
