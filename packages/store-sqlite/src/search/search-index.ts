import { decodeRecord, type RecordValues } from "@handlekit/core/store";
import type { SqlDriver } from "../driver/driver.ts";
import { textOf } from "../read/text-of.ts";
import { createTerms, latin1 } from "./terms.ts";

/**
 * Keeps the search index. New records are indexed some time after they were written, many at once: their terms are in
 * places all over the index, and to write these in the transaction of each would take longer than everything else in it.
 * Until then searches read the new records themselves. Call everything but `reset` within a transaction.
 */
export interface SearchIndex {
  /** Replaces the terms of a record that was changed or removed, if they are in the index. */
  replace(row: number, key: string, before: Uint8Array, after: Uint8Array | null): void;
  /**
   * Indexes the next records.
   *
   * @param newest the greatest row id that any record has
   * @returns how many these were
   */
  extend(records: number, newest: number): number;
  /** All records up to this row id are in the index. */
  indexed(): number;
  /** Call it after a transaction that failed. */
  reset(): void;
}

/** Prepares the statements of the index. */
export function createSearchIndex(driver: SqlDriver): SearchIndex {
  const terms = createTerms();
  const insert = driver.prepare("INSERT INTO search (term, key) VALUES (?, ?) ON CONFLICT DO NOTHING");
  const remove = driver.prepare("DELETE FROM search WHERE term = ? AND key = ?");
  const readIndexed = driver.prepare("SELECT indexed FROM search_progress");
  const writeIndexed = driver.prepare("UPDATE search_progress SET indexed = ?");
  const next = driver.prepare(
    "SELECT rowid, CAST(key AS BLOB), record FROM records WHERE rowid > ? ORDER BY rowid LIMIT ?",
  );
  let known: number | undefined;

  function indexed(): number {
    known ??= Number(readIndexed.get([])?.[0]);
    return known;
  }

  function valuesOf(record: unknown): RecordValues {
    if (!(record instanceof Uint8Array)) return [];
    try {
      return decodeRecord(record);
    } catch {
      return []; // A damaged record is reported when it is read, and must not prevent that it is replaced.
    }
  }

  return {
    indexed,
    replace(row, key, before, after) {
      if (row > indexed()) return;
      const { lost, gained } = terms.ofChange(valuesOf(before), valuesOf(after));
      for (const term of lost) remove.run([term, key]);
      for (const term of gained) insert.run([term, key]);
    },
    extend(records, newest) {
      const rows = next.all([indexed(), records]);
      const last = rows.length < records ? newest : Number(rows.at(-1)?.[0]);
      if (last === indexed()) return 0;
      const entries = rows.flatMap(([, key, record]) =>
        terms.ofRecord(valuesOf(record)).map((term) => [latin1(term), term, textOf(key)] as const),
      );
      // In the order of the index, so that each of its pages is written once.
      entries.sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [, term, key] of entries) insert.run([term, key]);
      known = last;
      writeIndexed.run([known]);
      return rows.length;
    },
    reset() {
      known = undefined;
    },
  };
}
