import { setImmediate as nextTurn } from "node:timers/promises";
import { type HandleKey, handleKey, isHandleError, prefixOf, quoteForMessage } from "@handlekit/core";
import { decodeRecord, type RecordValues } from "@handlekit/core/store";
import type { SqlDriver, SqlValue } from "../driver/driver.ts";
import { textOf } from "../read/text-of.ts";
import { createTerms } from "../search/terms.ts";
import { createCompareAudit } from "./compare-audit.ts";
import type { Problems } from "./problems.ts";

/** The records of a store. */
export interface CheckedRecords {
  readonly records: number;
  /** How many can be found by their values: all of these were looked up in the search index. */
  readonly indexed: number;
  /** How many are not in the search index yet; searches read these themselves. */
  readonly waiting: number;
  /** The prefixes that are not homed and have records, at most the first 1000. */
  readonly notHomed: readonly { readonly prefix: string; readonly records: number }[];
}

/** How a store is checked. */
export interface CheckRun {
  readonly problems: Problems;
  /** Called with the number of records so far. */
  readonly onProgress: (records: number) => void;
  readonly signal: AbortSignal | undefined;
}

const PAGE = 200;
const MAX_PREFIXES = 1000;

function reasonAgainstKey(key: string): string | undefined {
  if (key.indexOf("/") < 1) return "its key is not a handle";
  return handleKey(key) === key ? undefined : "its key has letters in lower case, and is never read";
}

function valuesOf(record: SqlValue | undefined): RecordValues | string {
  try {
    return record instanceof Uint8Array ? decodeRecord(record) : "it is not a record";
  } catch (error) {
    return `it cannot be decoded: ${isHandleError(error) ? error.message : error}`;
  }
}

function isAscending(values: RecordValues): boolean {
  return values.every(({ index }, i) => i === 0 || index > (values[i - 1]?.index ?? 0));
}

/** Checks each record, the search index of it and its last audit entry. */
export async function checkRecords(
  driver: SqlDriver,
  { problems, onProgress, signal }: CheckRun,
): Promise<CheckedRecords> {
  const page = driver.prepare(
    "SELECT rowid, CAST(key AS BLOB), revision, record, audit FROM records WHERE rowid > ? ORDER BY rowid LIMIT ?",
  );
  const counters = driver.prepare(
    "SELECT (SELECT value FROM last_revision), (SELECT indexed FROM search_progress)",
  );
  const inIndex = driver.prepare("SELECT 1 FROM search WHERE term = ? AND key = ?");
  const prefixes = driver.prepare("SELECT CAST(prefix AS BLOB) FROM prefixes");
  const compareAudit = createCompareAudit(driver);
  const terms = createTerms();
  const homed = new Set(prefixes.all([]).map(([prefix]) => textOf(prefix)));
  const foreign = new Map<string, number>();
  const counts = { records: 0, indexed: 0, waiting: 0 };

  function checkOne(
    [rowid, keyBytes, revision, record, audit]: readonly SqlValue[],
    last: number,
    indexed: number,
  ) {
    const key = textOf(keyBytes) as HandleKey;
    const found = (reason: string | undefined) =>
      reason === undefined ? undefined : problems.add(`record ${quoteForMessage(key)}`, reason);
    const badKey = reasonAgainstKey(key);
    if (badKey !== undefined) return found(badKey);
    const prefix = prefixOf(key);
    if (!homed.has(prefix) && (foreign.has(prefix) || foreign.size < MAX_PREFIXES)) {
      foreign.set(prefix, (foreign.get(prefix) ?? 0) + 1);
    }
    if (Math.max(Number(rowid), Number(revision)) > last) {
      found(`its revision ${revision} is greater than the last one, ${last}, and would be used again`);
    }
    const values = valuesOf(record);
    if (typeof values === "string") return found(values);
    if (!isAscending(values)) found("its values are not in ascending order of their indexes");
    const wanted = terms.ofRecord(values);
    if (Number(rowid) > indexed) counts.waiting++;
    else if (wanted.length > 0) {
      counts.indexed++;
      const missing = wanted.filter((term) => inIndex.get([term, key]) === undefined).length;
      if (missing > 0) found(`searches do not find it by ${missing} of its values`);
    }
    if (typeof audit === "number") found(compareAudit(key, audit, values));
  }

  for (let after = 0; ; ) {
    signal?.throwIfAborted();
    // The record, the index and the audit as they are at one moment.
    driver.exec("BEGIN");
    try {
      const [last, indexed] = counters.get([]) ?? [];
      const rows = page.all([after, PAGE]);
      for (const row of rows) checkOne(row, Number(last), Number(indexed));
      counts.records += rows.length;
      onProgress(counts.records);
      if (rows.length < PAGE) break;
      after = Number(rows.at(-1)?.[0]);
    } finally {
      driver.exec("ROLLBACK");
    }
    await nextTurn();
  }
  const notHomed = [...foreign].map(([prefix, records]) => ({ prefix, records }));
  return { ...counts, notHomed };
}

/** Checks that what the audit has of removed records is true. */
export async function checkRemoved(driver: SqlDriver, { problems, signal }: CheckRun): Promise<void> {
  const page = driver.prepare(
    "SELECT CAST(key AS BLOB), number FROM audit_removed WHERE key > ? ORDER BY key LIMIT ?",
  );
  const present = driver.prepare("SELECT 1 FROM records WHERE key = ?");
  const compareAudit = createCompareAudit(driver);
  for (let after = ""; ; ) {
    signal?.throwIfAborted();
    driver.exec("BEGIN");
    try {
      const rows = page.all([after, PAGE]);
      for (const [keyBytes, number] of rows) {
        const key = textOf(keyBytes) as HandleKey;
        const reason =
          present.get([key]) === undefined
            ? compareAudit(key, Number(number), undefined)
            : "it is there, and the audit has it among those that were removed";
        if (reason !== undefined) problems.add(`record ${quoteForMessage(key)}`, reason);
      }
      if (rows.length < PAGE) return;
      after = textOf(rows.at(-1)?.[0]);
    } finally {
      driver.exec("ROLLBACK");
    }
    await nextTurn();
  }
}
