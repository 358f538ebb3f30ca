import {
  checkOptions,
  decodeUtf8,
  HandleError,
  type HandleKey,
  handleKey,
  prefixHandle,
  prefixOf,
  quoteForMessage,
  type Secret,
} from "@handlekit/core";
import { parseConnection } from "./database/connection.ts";
import { createDatabase, type Database, type Statement } from "./database/database.ts";
import { createHosts } from "./database/hosts.ts";
import { BUCKETS, readStore } from "./database/schema.ts";
import { codeOf } from "./failure.ts";
import { countReferences, decodeReferences } from "./rows/references.ts";
import { textOf } from "./rows/value-row.ts";

/** Options of {@link checkPostgres}. */
export interface PostgresCheckOptions {
  /** The address of the database, as for `openPostgres`. */
  readonly connectionString: string;
  /** The password as UTF-8. Takes precedence over one in `connectionString`. */
  readonly password?: Secret | undefined;
  /** Called with each problem: where it is, such as `value 3 of "20.500.12345/ABC"`, and what it is. */
  readonly onProblem: (where: string, reason: string) => void;
  /** Called with the numbers of records and of values that were read, and about how many values there are. Default none. */
  readonly onProgress?: ((records: number, values: number, total: number) => void) | undefined;
  /** Ends the check, with its reason as error. */
  readonly signal?: AbortSignal | undefined;
}

/** The result of {@link checkPostgres}. */
export interface PostgresCheck {
  /** The number of records, those without values too. */
  readonly records: number;
  readonly values: number;
  /** Whether there is the index with which searches do not read every value. */
  readonly searchIndex: boolean;
  /** The prefixes that are not homed and have records, at most the first 1000. */
  readonly notHomed: readonly { readonly prefix: string; readonly records: number }[];
}

/** Their data are read in one statement, whose time is limited. */
const PAGE = 200;
const MAX_PREFIXES = 1000;
const BEFORE_ALL: Place = [Buffer.alloc(0), -(2 ** 31)];

type Place = readonly [handle: Uint8Array, idx: number];
type Row = readonly [
  handle: Uint8Array,
  idx: number,
  type: Uint8Array | null,
  ttlType: number | null,
  refs: string | null,
  data: string | null,
];

// The digest needs all data, which so need not be sent.
const ROW = "handle, idx, type, ttl_type, refs, md5(data)";
const AFTER = `FROM handles WHERE (handle, idx) > ($1, $2) ORDER BY handle, idx LIMIT ${PAGE}`;
const ROWS: Statement = { name: "check-rows", text: `SELECT ${ROW} ${AFTER}` };
const PLACES: Statement = { name: "check-places", text: `SELECT handle, idx ${AFTER}` };
const ONE: Statement = {
  name: "check-row",
  text: `SELECT ${ROW} FROM handles WHERE handle = $1 AND idx = $2`,
};
const EMPTY: Statement = {
  name: "check-empty",
  text: `SELECT handle, EXISTS (SELECT FROM handles WHERE handles.handle = each.handle)
    FROM handlekit_empty each WHERE handle > $1 ORDER BY handle LIMIT ${PAGE}`,
};
const HOMED: Statement = { name: "check-homed", text: "SELECT na FROM nas" };
const LOCKS: Statement = {
  name: "check-locks",
  text: `SELECT count(*)::int4 FROM handlekit_locks WHERE bucket BETWEEN 0 AND ${BUCKETS}`,
};
const INDEX: Statement = {
  name: "check-index",
  text: "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('handlekit_search')",
};
const ABOUT: Statement = {
  name: "check-about",
  text: "SELECT greatest(reltuples, 0)::int8 FROM pg_class WHERE oid = to_regclass('handles')",
};

/** The message of PostgreSQL if it could not read a row or a page, as of a damaged disk; undefined for other errors. */
function damage(error: unknown): string | undefined {
  const cause = error instanceof HandleError ? error.cause : undefined;
  return cause instanceof Error && /^XX/.test(codeOf(cause) ?? "") ? cause.message : undefined;
}

function reasonAgainstKey(handle: Uint8Array): string | undefined {
  const key = decodeUtf8(handle);
  if (key === undefined) return "its key is not UTF-8, and is never read";
  if (key.indexOf("/") < 1) return "its key is not a handle";
  return handleKey(key) === key ? undefined : "its key has letters in lower case, and is never read";
}

function reasonAgainstValue([, idx, type, ttlType, refs]: Row): string | undefined {
  if (idx < 0) return "its index is negative";
  if (type !== null && decodeUtf8(type) === undefined) return "its type is not UTF-8";
  if (ttlType !== null && ttlType !== 0 && ttlType !== 1) return `its ttl_type is ${ttlType}, and not 0 or 1`;
  if (decodeReferences(refs).length < countReferences(refs)) return "its references cannot be read";
  return undefined;
}

/** Reads every row of values, and calls `onRow` in their order. */
async function readRows(
  database: Database,
  { onProblem, signal }: PostgresCheckOptions,
  onRow: (row: Row) => void,
): Promise<void> {
  /** Reads the rows of a page with damage one by one, and those that can be read. */
  async function readOneByOne(places: readonly Place[]): Promise<void> {
    for (const place of places) {
      try {
        const [row] = (await database.read("be checked", ONE, place)).rows;
        if (row !== undefined) onRow(row as unknown as Row);
      } catch (error) {
        const reason = damage(error);
        if (reason === undefined) throw error;
        onProblem(whereOf(place), `it cannot be read: ${reason}`);
      }
    }
  }

  for (let after = BEFORE_ALL; ; ) {
    signal?.throwIfAborted();
    let places: readonly Place[];
    try {
      const rows = (await database.read("be checked", ROWS, after)).rows as unknown as Row[];
      for (const row of rows) onRow(row);
      places = rows.map(([handle, idx]) => [handle, idx]);
    } catch (error) {
      if (damage(error) === undefined) throw error;
      try {
        places = (await database.read("be checked", PLACES, after)).rows as unknown as Place[];
      } catch (deeper) {
        const reason = damage(deeper);
        if (reason === undefined) throw deeper;
        return onProblem(`table handles after ${whereOf(after)}`, `it cannot be read: ${reason}`);
      }
      await readOneByOne(places);
    }
    const last = places.at(-1);
    if (last === undefined || places.length < PAGE) return;
    after = [Buffer.from(last[0]), last[1]];
  }
}

const nameOf = (handle: Uint8Array) => quoteForMessage(textOf(handle));
const whereOf = ([handle, idx]: Place) => `value ${idx} of ${nameOf(handle)}`;

/** Counts the records of prefixes that are not homed. */
async function createForeign(database: Database) {
  const homed = new Set(
    (await database.read("read its prefixes", HOMED, [])).rows.map(([handle]) => textOf(handle)),
  );
  const foreign = new Map<string, number>();
  return {
    add(handle: Uint8Array): void {
      const prefix = prefixOf(textOf(handle) as HandleKey);
      if (homed.has(prefixHandle(prefix))) return;
      if (foreign.has(prefix) || foreign.size < MAX_PREFIXES) {
        foreign.set(prefix, (foreign.get(prefix) ?? 0) + 1);
      }
    },
    list: () => [...foreign].map(([prefix, records]) => ({ prefix, records })),
  };
}

async function checkTables(database: Database, options: PostgresCheckOptions): Promise<PostgresCheck> {
  const { onProblem, onProgress, signal } = options;
  const one = async (statement: Statement) => (await database.read("be checked", statement, [])).rows[0]?.[0];
  const locks = await one(LOCKS);
  if (locks !== BUCKETS + 1) {
    onProblem(
      "table handlekit_locks",
      `${BUCKETS + 1 - locks} of its rows are missing, and changes of the same record at the same time may be lost; insert the numbers from 0 to ${BUCKETS} that it lacks`,
    );
  }
  const total = onProgress === undefined ? 0 : Number(await one(ABOUT));
  const foreign = await createForeign(database);
  let records = 0;
  let values = 0;
  let previous: Uint8Array | undefined;

  function addRecord(handle: Uint8Array): void {
    records++;
    const reason = reasonAgainstKey(handle);
    if (reason === undefined) foreign.add(handle);
    else onProblem(`record ${nameOf(handle)}`, reason);
  }

  await readRows(database, options, (row) => {
    const [handle, idx] = row;
    if (previous === undefined || Buffer.compare(previous, handle) !== 0) {
      previous = Buffer.from(handle);
      addRecord(previous);
    }
    const reason = reasonAgainstValue(row);
    if (reason !== undefined) onProblem(whereOf([handle, idx]), reason);
    if (++values % PAGE === 0) onProgress?.(records, values, Math.max(values, total));
  });
  for (let after: Uint8Array = Buffer.alloc(0); ; ) {
    signal?.throwIfAborted();
    const { rows } = await database.read("be checked", EMPTY, [after]);
    for (const [handle, hasValues] of rows) if (!hasValues) addRecord(handle);
    if (rows.length < PAGE) break;
    after = Buffer.from(rows.at(-1)?.[0]);
  }
  onProgress?.(records, values, values);
  return { records, values, searchIndex: (await one(INDEX)) === true, notHomed: foreign.list() };
}

/**
 * Checks the records of a database: that PostgreSQL can read each row, and that it has a handle, a type and references
 * as this package and Handle.Net write them. Changes nothing; the database may be in use. State and audit are read through
 * the store.
 *
 * @throws HandleError `invalid_options` for an option of the wrong type, or as `openPostgres` does; `store_failed` when the
 *   database cannot be reached, or has no tables of this package; the reason of the signal
 * @example
 * ```ts
 * const { records } = await checkPostgres({
 *   connectionString: "postgres://hdl@localhost/handles",
 *   onProblem: (where, reason) => console.log(`${where}: ${reason}`),
 * });
 * ```
 */
export async function checkPostgres(options: PostgresCheckOptions): Promise<PostgresCheck> {
  checkOptions("checkPostgres", options, {
    connectionString: ["string"],
    password: ["object", "undefined"],
    onProblem: ["function"],
    onProgress: ["function", "undefined"],
    signal: ["object", "undefined"],
  });
  const connection = parseConnection(options.connectionString, options.password);
  const database = createDatabase(connection, createHosts(connection, undefined), 1, undefined);
  try {
    if ((await readStore(database)) === undefined) {
      throw new HandleError("store_failed", {
        message: `The store ${database.name} has no tables of this package.`,
        hint: "Check the schema in its address. A server creates the tables when it opens the database.",
      });
    }
    return await checkTables(database, options);
  } finally {
    await database.close();
  }
}
