import { createHash } from "node:crypto";
import { encodeUtf8, HandleError, RESPONSE_CODES, VALUE_PERMISSIONS } from "@handlekit/core";
import { type HandleKey, matchesQuery, type StoredValue, type ValueQuery } from "@handlekit/core/store";
import type { Database, Statement } from "../database/database.ts";
import { afterAll, type KeyRange, keyRange } from "../database/key-range.ts";
import { BEGINNING, BEGINNING_BYTES, DIGEST } from "../database/schema.ts";
import { textOf } from "../rows/value-row.ts";

/** The values that one statement reads at most. */
const STEP_VALUES = 1000;
/** With more records whose data begin as the pattern does, records are read in the order of their keys instead. */
const MAX_CANDIDATES = 20_000;
const MAX_FIND_MS = 10_000;
const LOWEST_INDEX = -(2 ** 31);
/** Greater than all data that the index has: these are shorter than this. */
const AFTER_ALL_DATA = Buffer.alloc(BEGINNING_BYTES + 1, 0xff);

const AFTER_VALUE = "pub_read AND (handle, idx) > ($1, $2) AND handle < $3";

const EXACT: Statement = {
  name: "find-data",
  text: `SELECT handle, type, data, idx FROM handles WHERE ${AFTER_VALUE}
    AND ${BEGINNING} = $4 AND ${DIGEST} = $5 AND data = $6 ORDER BY handle, idx LIMIT ${STEP_VALUES}`,
};
const CANDIDATES: Statement = {
  name: "find-beginning",
  text: `SELECT DISTINCT handle FROM handles WHERE pub_read AND handle >= $1 AND handle < $2
    AND ${BEGINNING} >= $3 AND ${BEGINNING} < $4 LIMIT ${MAX_CANDIDATES + 1}`,
};
const OF_CANDIDATES: Statement = {
  name: "find-candidates",
  text: "SELECT handle, type, data, idx FROM handles WHERE pub_read AND handle = ANY($1::bytea[])",
};
const SCAN: Statement = {
  name: "find-scan",
  text: `SELECT handle, type, data, idx FROM handles WHERE ${AFTER_VALUE} ORDER BY handle, idx LIMIT ${STEP_VALUES}`,
};

type Row = readonly [handle: Uint8Array, type: Uint8Array | null, data: Uint8Array | null, idx: number];

const NO_BYTES = new Uint8Array();

function isMatch(query: ValueQuery, [, type, data]: Row): boolean {
  const value: StoredValue = {
    index: 1,
    type: textOf(type ?? NO_BYTES),
    data: new Uint8Array(data ?? NO_BYTES),
    ttlType: "relative",
    ttl: 0,
    permissions: VALUE_PERMISSIONS.publicRead,
    timestamp: 0,
    references: [],
  };
  return matchesQuery(value, query);
}

function tooLong(): HandleError {
  return new HandleError("server_busy", {
    message: `The search was ended after ${MAX_FIND_MS / 1000} seconds.`,
    hint: "Search for data by their beginning, or within one prefix.",
    responseCode: RESPONSE_CODES.serverTooBusy,
  });
}

/** Returns the data that a query asks for, undefined for a pattern with `*`. */
function exactData({ data, pattern }: ValueQuery): Uint8Array | undefined {
  if (data !== undefined) return data;
  return pattern?.includes("*") ? undefined : encodeUtf8(pattern ?? "");
}

/** Creates the search. It uses the index of the beginnings of data, if the table has it. */
export function createFind(database: Database): (query: ValueQuery) => Promise<HandleKey[]> {
  const read = (statement: Statement, values: readonly unknown[]) =>
    database.read("search", statement, values);

  /** Reads the values of a statement in steps, in the order of their keys, until the limit is reached. */
  async function inOrder(
    query: ValueQuery,
    statement: Statement,
    values: readonly unknown[],
    deadline: number,
  ): Promise<HandleKey[]> {
    const keys = new Set<HandleKey>();
    let [from, to] = keyRange(query.prefix, query.after);
    let index = LOWEST_INDEX;
    for (;;) {
      const rows = (await read(statement, [from, index, to, ...values])).rows as unknown as Row[];
      for (const row of rows) {
        if (!isMatch(query, row)) continue;
        keys.add(textOf(row[0]) as HandleKey);
        if (keys.size >= query.limit) return [...keys];
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < STEP_VALUES) return [...keys];
      if (performance.now() > deadline) throw tooLong();
      [from, index] = [Buffer.from(last[0]), last[3]];
    }
  }

  /** Looks up a pattern by its beginning; undefined if too many records have that. */
  async function byBeginning(
    query: ValueQuery,
    beginning: Uint8Array,
    deadline: number,
  ): Promise<HandleKey[] | undefined> {
    const range: KeyRange = keyRange(query.prefix, query.after);
    const end = afterAll(beginning) ?? AFTER_ALL_DATA;
    const { rows } = await read(CANDIDATES, [...range, beginning, end]);
    if (rows.length > MAX_CANDIDATES) return undefined;
    const candidates = (rows as unknown as Row[]).map(([handle]) => handle).sort(Buffer.compare);
    const keys: HandleKey[] = [];
    for (let at = 0; at < candidates.length; at += STEP_VALUES) {
      if (performance.now() > deadline) throw tooLong();
      const step = candidates.slice(at, at + STEP_VALUES);
      const values = (await read(OF_CANDIDATES, [step])).rows as unknown as Row[];
      const found = new Set(values.filter((row) => isMatch(query, row)).map(([handle]) => textOf(handle)));
      keys.push(...(step.map(textOf).filter((key) => found.has(key)) as HandleKey[]));
      if (keys.length >= query.limit) return keys.slice(0, query.limit);
    }
    return keys;
  }

  return async (query) => {
    if (!(query.limit >= 1)) return [];
    const deadline = performance.now() + MAX_FIND_MS;
    const data = exactData(query);
    if (data !== undefined) {
      const digest = createHash("md5").update(data).digest("hex");
      return inOrder(query, EXACT, [data.subarray(0, BEGINNING_BYTES), digest, data], deadline);
    }
    const beginning = encodeUtf8(query.pattern?.split("*", 1)[0] ?? "").subarray(0, BEGINNING_BYTES);
    const found = beginning.length === 0 ? undefined : await byBeginning(query, beginning, deadline);
    return found ?? inOrder(query, SCAN, [], deadline);
  };
}
