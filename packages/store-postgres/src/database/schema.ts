import { randomBytes } from "node:crypto";
import { HandleError, type Logger } from "@handlekit/core";
import { codeOf, storeFailure } from "../failure.ts";
import type { Database, Statement } from "./database.ts";

const FORMAT = 1;
/** The number of rows of `handlekit_locks`, besides that of the audit. A power of two. */
export const BUCKETS = 1024;
/** The row of `handlekit_locks` that is locked to write the audit. */
export const AUDIT_BUCKET = 0;

/** How much of the beginning of the data the search index has. */
export const BEGINNING_BYTES = 48;
/** The expressions of the search index, as queries must write them. */
export const BEGINNING: string = `substring(data from 1 for ${BEGINNING_BYTES})`;
export const DIGEST = "md5(data)";

/** The tables of Handle.Net, as its manual has them. */
const HANDLE_NET = `
  CREATE TABLE IF NOT EXISTS nas (na bytea NOT NULL, PRIMARY KEY (na));
  CREATE TABLE IF NOT EXISTS handles (
    handle bytea NOT NULL, idx int4 NOT NULL, type bytea, data bytea, ttl_type int2, ttl int4, timestamp int4,
    refs text, admin_read bool, admin_write bool, pub_read bool, pub_write bool, PRIMARY KEY (handle, idx)
  )`;

// Texts are stored as their UTF-8 bytes, so that they may contain U+0000, and the encoding and the collation of the
// database do not matter.
const OURS = `
  CREATE TABLE handlekit_store (format int4 NOT NULL PRIMARY KEY, revision_key bytea NOT NULL);
  CREATE TABLE handlekit_locks (bucket int4 NOT NULL PRIMARY KEY);
  CREATE TABLE handlekit_empty (handle bytea NOT NULL PRIMARY KEY);
  CREATE SEQUENCE handlekit_revision;
  CREATE TABLE handlekit_state (key bytea NOT NULL PRIMARY KEY, revision int8 NOT NULL, value bytea NOT NULL);
  CREATE TABLE handlekit_sequences (name bytea NOT NULL PRIMARY KEY, last int8 NOT NULL);
  CREATE TABLE handlekit_audit (
    number int8 NOT NULL PRIMARY KEY, handle bytea, time int8 NOT NULL, entry bytea NOT NULL, previous bytea NOT NULL,
    digest bytea NOT NULL
  );
  CREATE INDEX handlekit_audit_handle ON handlekit_audit (handle, number) WHERE handle IS NOT NULL`;

const SEARCH_INDEX: Statement = {
  name: "new-search",
  text: `CREATE INDEX handlekit_search ON handles (${BEGINNING}, ${DIGEST}, handle, idx) WHERE pub_read`,
};

const READ: Statement = { name: "store", text: "SELECT format, revision_key FROM handlekit_store" };
const SEARCH: Statement = {
  name: "search-index",
  text: "SELECT 1 FROM pg_indexes WHERE schemaname = current_schema() AND indexname = 'handlekit_search'",
};
const COUNT: Statement = { name: "any-handle", text: "SELECT 1 FROM handles LIMIT 1" };
const INSERT: Statement = { name: "new-store", text: "INSERT INTO handlekit_store VALUES ($1, $2)" };
const INSERT_LOCKS: Statement = {
  name: "new-locks",
  text: "INSERT INTO handlekit_locks SELECT * FROM unnest($1::int4[])",
};

/** duplicate_table, duplicate_object and unique_violation: another process has created the tables at the same time. */
const CREATED_MEANWHILE: ReadonlySet<string> = new Set(["42P07", "42710", "23505"]);

interface Stored {
  readonly revisionKey: Uint8Array;
}

/**
 * Reads the row that says which tables there are; undefined if there is none.
 *
 * @throws HandleError `store_failed` if the database cannot be read, or is of a newer version
 */
export async function readStore(database: Database): Promise<Stored | undefined> {
  try {
    const [row] = (await database.read("be opened", READ, [])).rows;
    if (row === undefined || row[0] === FORMAT) return row && { revisionKey: row[1] };
    throw new HandleError("store_failed", {
      message: `The store ${database.name} has format ${row[0]}, and this version of @handlekit/store-postgres reads format ${FORMAT}.`,
      hint: "Install the version that wrote it, or a newer one.",
    });
  } catch (error) {
    if (error instanceof HandleError && codeOf(error.cause) === "42P01") return undefined;
    throw error;
  }
}

/** Creates the tables. Two processes may do so at once: the second one finds those of the first. */
async function createTables(database: Database): Promise<void> {
  try {
    await database.transaction("create its tables", `${HANDLE_NET}; ${OURS}`, async ({ run, send }) => {
      send(INSERT, [FORMAT, randomBytes(32)]);
      send(INSERT_LOCKS, [Array.from({ length: BUCKETS + 1 }, (_, bucket) => bucket)]);
      // Building it over many records would take long and block writers; then it is left to the administrator.
      if ((await run(COUNT, [])).rows.length === 0) send(SEARCH_INDEX, []);
    });
  } catch (error) {
    if (!(error instanceof HandleError && CREATED_MEANWHILE.has(codeOf(error.cause) ?? ""))) throw error;
  }
}

/**
 * Creates the tables that are missing, in the first schema of the search path.
 *
 * @returns the key of the digests that are revisions
 * @throws HandleError `store_failed` if the database is of a newer version, or the role may not create tables
 */
export async function prepareSchema(database: Database, log: Logger | undefined): Promise<Uint8Array> {
  let stored = await readStore(database);
  if (stored === undefined) {
    await createTables(database);
    stored = await readStore(database);
  }
  if (stored === undefined) throw storeFailure(database.name, "find its tables", undefined);
  if ((await database.read("be opened", SEARCH, [])).rows.length === 0) {
    const sql = SEARCH_INDEX.text.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY");
    log?.warn("the search index is missing: searches read every value", { database: database.name, sql });
  }
  return stored.revisionKey;
}
