import type { HandleKey, StoredValue } from "@handlekit/core/store";
import { COLUMNS, textOf, type ValueRow, valueOfRow } from "../rows/value-row.ts";

/** A row of {@link selectRows}: that of a value, or nulls after the handle for a record without values. */
export type Row = ValueRow | readonly [handle: Uint8Array, idx: null, ...null[]];

/**
 * Returns the statement that reads the records of an array of handles, `$1`.
 *
 * @param lock such as FOR UPDATE, for the rows of values
 */
export function selectRows(lock: string): string {
  const nulls = "int4 int2 int4 int4 text bool bool bool bool".split(" ");
  const [idx, ttlType, ...rest] = nulls.map((type) => `NULL::${type}`);
  const empty = ["handle", idx, "NULL::bytea", "NULL::bytea", ttlType, ...rest].join(", ");
  return `SELECT * FROM (SELECT ${COLUMNS} FROM handles WHERE handle = ANY($1::bytea[]) ${lock}) present
    UNION ALL SELECT ${empty} FROM handlekit_empty WHERE handle = ANY($1::bytea[])`;
}

/** A record that is being made of rows. */
export interface FoundRecord {
  /** In ascending order of their indexes. */
  readonly values: StoredValue[];
  /** Whether there is a row of a record without values, which counts only if there are none of values. */
  isEmpty: boolean;
  /** About how many bytes the values have. */
  bytes: number;
}

/** Makes records of rows in any order. */
export function recordsOf(rows: readonly Row[]): Map<HandleKey, FoundRecord> {
  const records = new Map<HandleKey, FoundRecord>();
  for (const row of rows) {
    const key = textOf(row[0]) as HandleKey;
    const known = records.get(key);
    const record = known ?? { values: [], isEmpty: false, bytes: 0 };
    if (known === undefined) records.set(key, record);
    if (row[1] === null) {
      record.isEmpty = true;
      continue;
    }
    const value = valueOfRow(row as ValueRow);
    record.values.push(value);
    record.bytes += value.data.length + value.type.length;
  }
  for (const { values } of records.values()) values.sort((a, b) => a.index - b.index);
  return records;
}
