import { encodeUtf8 } from "@handlekit/core";
import { decodeRecord, type HandleKey, matchesQuery, type ValueQuery } from "@handlekit/core/store";
import type { SqlDriver } from "../driver/driver.ts";
import { keyRange, sqlLimit, textOf } from "../read/text-of.ts";
import { afterAllBytes, BEGINNING_BYTES, createTerms } from "./terms.ts";

/** A part of a search. */
export interface FindStep {
  readonly keys: readonly HandleKey[];
  /** The key after which to go on; undefined at the end. */
  readonly after: HandleKey | undefined;
  /** True if the records were read in the order of their keys, and the next step should do that, too. */
  readonly inOrder?: boolean | undefined;
}

/** The records that one step reads at most, so that other searches have their turn. */
const STEP_RECORDS = 1000;
/** With more rows in the range of a pattern, records are read in the order of their keys instead. */
const MAX_CANDIDATES = 20_000;

/**
 * Reads the records that are not in the index yet. The unary plus keeps SQLite from using the index on `key`, with which it
 * would read all keys of the range to find the few new ones.
 */
export const NEW_RECORDS =
  "SELECT CAST(key AS BLOB), record FROM records WHERE rowid > ? AND +key >= ? AND +key < ?";

/** Greater than every key: no handle begins with U+10FFFF twice. */
const AFTER_ALL_KEYS = "\u{10ffff}\u{10ffff}";

/** A query, or the rest of one. */
export type FindQuery = ValueQuery & Pick<FindStep, "inOrder">;

/** Searches a file. Each call is one step, which takes milliseconds. */
export type Find = (query: FindQuery) => FindStep;

/** Returns the data that a query asks for, undefined for a pattern with `*`. */
function exactData({ data, pattern }: ValueQuery): Uint8Array | undefined {
  if (data !== undefined) return data;
  return pattern?.includes("*") ? undefined : encodeUtf8(pattern ?? "");
}

/** Prepares the statements that search. */
export function createFind(driver: SqlDriver): Find {
  const terms = createTerms();
  const progress = driver.prepare("SELECT indexed FROM search_progress");
  const unindexed = driver.prepare(NEW_RECORDS);
  const record = driver.prepare("SELECT record FROM records WHERE key = ?");
  const inOrder = driver.prepare(
    "SELECT CAST(key AS BLOB) FROM search WHERE term = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?",
  );
  const inRange = driver.prepare(
    "SELECT DISTINCT CAST(key AS BLOB) FROM search WHERE term >= ? AND term < ? AND key >= ? AND key < ? LIMIT ?",
  );
  const inRest = driver.prepare(
    "SELECT DISTINCT CAST(key AS BLOB) FROM search WHERE term >= ? AND key >= ? AND key < ? LIMIT ?",
  );
  const records = driver.prepare(
    "SELECT CAST(key AS BLOB), record FROM records WHERE key >= ? AND key < ? ORDER BY key LIMIT ?",
  );

  function isMatch(query: ValueQuery, encoded: unknown): boolean {
    if (!(encoded instanceof Uint8Array)) return false;
    return decodeRecord(encoded).some((value) => matchesQuery(value, query));
  }

  /** Reads the candidates, which are in order, until the limit or the end of the step. */
  function compare(query: ValueQuery, candidates: readonly string[], more: boolean): FindStep {
    const keys: HandleKey[] = [];
    for (const [i, key] of candidates.entries()) {
      if (keys.length >= query.limit || i >= STEP_RECORDS)
        return { keys, after: candidates[i - 1] as HandleKey };
      if (isMatch(query, record.get([key])?.[0])) keys.push(key as HandleKey);
    }
    return { keys, after: more ? (candidates.at(-1) as HandleKey | undefined) : undefined };
  }

  function scan(query: ValueQuery, [from, to]: readonly [string, string]): FindStep {
    const rows = records.all([from, to, STEP_RECORDS]);
    const keys = rows
      .filter(([, encoded]) => isMatch(query, encoded))
      .map(([key]) => textOf(key) as HandleKey);
    const last = rows.length < STEP_RECORDS ? undefined : rows.at(-1)?.[0];
    return { keys, after: last === undefined ? undefined : (textOf(last) as HandleKey), inOrder: true };
  }

  /** Adds the new records that are not in the index yet to what was found in it, as far as that is complete. */
  function withNew(
    query: ValueQuery,
    [from, to]: readonly [string, string],
    found: FindStep,
    indexed: number,
  ): FindStep {
    const end = found.after === undefined ? to : `${found.after}\0`;
    const added = unindexed.all([indexed, from, end]).filter(([, encoded]) => isMatch(query, encoded));
    if (added.length === 0) return found;
    const keys = new Set<string>([...found.keys, ...added.map(([key]) => textOf(key))]);
    return { ...found, keys: ([...keys] as HandleKey[]).sort(byBytes) };
  }

  return (query) => {
    if (sqlLimit(query.limit) === 0) return { keys: [], after: undefined };
    const indexed = Number(progress.get([])?.[0]);
    const range = query.prefix === undefined ? allKeys(query.after) : keyRange(query.prefix, query.after);
    const found = query.inOrder ? undefined : inIndex(query, range);
    const all = found === undefined ? scan(query, range) : withNew(query, range, found, indexed);
    return all.keys.length < query.limit ? all : { keys: all.keys.slice(0, query.limit), after: undefined };
  };

  /** Searches the index; undefined if reading the records in their order is better. */
  function inIndex(query: ValueQuery, range: readonly [string, string]): FindStep | undefined {
    const data = exactData(query);
    if (data !== undefined && query.type !== undefined) {
      const rows = inOrder.all([terms.of(query.type, data), ...range, STEP_RECORDS]);
      const keys = rows.map(([key]) => textOf(key));
      return compare(query, keys, rows.length === STEP_RECORDS);
    }
    const beginning =
      data === undefined
        ? encodeUtf8(query.pattern?.split("*", 1)[0] ?? "").subarray(0, BEGINNING_BYTES)
        : terms.ofData(data);
    if (beginning.length === 0) return undefined;
    const end = afterAllBytes(beginning);
    const rows =
      end === undefined
        ? inRest.all([beginning, ...range, MAX_CANDIDATES + 1])
        : inRange.all([beginning, end, ...range, MAX_CANDIDATES + 1]);
    if (rows.length > MAX_CANDIDATES) return undefined;
    return compare(query, rows.map(([key]) => textOf(key)).sort(byBytes), false);
  }
}

function allKeys(after: string | undefined): readonly [string, string] {
  return [after === undefined ? "" : `${after}\0`, AFTER_ALL_KEYS];
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
