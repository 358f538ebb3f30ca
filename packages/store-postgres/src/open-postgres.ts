import { checkOptions, HandleError, invalidOptions } from "@handlekit/core";
import { createChanges } from "./changes.ts";
import { parseConnection } from "./database/connection.ts";
import { createDatabase } from "./database/database.ts";
import { createHosts } from "./database/hosts.ts";
import { prepareSchema } from "./database/schema.ts";
import type { PostgresOptions } from "./options.ts";
import { createCachedReads } from "./read/cached-reads.ts";
import { createRecordReader } from "./read/record-reader.ts";
import { createRevisions } from "./rows/revisions.ts";
import { createState } from "./state.ts";
import type { OpenedPostgres } from "./statistics.ts";
import { createRecords } from "./store.ts";

const CACHE_BYTES = 64 * 1024 * 1024;
const MAX_CONNECTIONS = 10;
const FOREIGN_WRITES_TTL = 1000;

function checkNumber(name: string, value: number, least: number): void {
  if (value >= least) return;
  throw invalidOptions(`openPostgres: the option ${name} is less than ${least}.`);
}

/**
 * Opens records and state in a PostgreSQL database, in the tables `handles` and `nas` that Handle.Net's own server uses and
 * in tables whose names begin with `handlekit_`. Creates those that are missing. Any number of processes may have the
 * database open.
 *
 * @returns store and state; `close` closes both, and their connections. Calling it again does nothing. `statistics`
 *   returns counters
 * @throws HandleError `invalid_options` when `connectionString` is not a `postgres://` URL, or a number is too small
 * @throws HandleError `store_failed` when the database cannot be reached (`retryable`), refuses the login, or is of a newer
 *   version of this package; no connection is left open then
 * @example
 * ```ts
 * const { store, state, close } = await openPostgres({ connectionString: "postgres://hdl@localhost/handles" });
 * await store.commit(handleKey("20.500.12345/abc"), "absent", values); // "done"
 * await state.next("suffix"); // 1
 * await close();
 * ```
 */
export async function openPostgres(options: PostgresOptions): Promise<OpenedPostgres> {
  checkOptions("openPostgres", options, {
    connectionString: ["string"],
    password: ["object", "undefined"],
    maxConnections: ["number", "undefined"],
    foreignWritesTtl: ["number", "undefined"],
    notify: ["boolean", "undefined"],
    cacheBytes: ["number", "undefined"],
    log: ["object", "undefined"],
  });
  const { maxConnections = MAX_CONNECTIONS, foreignWritesTtl = FOREIGN_WRITES_TTL, log } = options;
  const { cacheBytes = CACHE_BYTES, notify = false } = options;
  checkNumber("maxConnections", maxConnections, 1);
  checkNumber("foreignWritesTtl", foreignWritesTtl, 0);
  checkNumber("cacheBytes", cacheBytes, 0);

  const connection = parseConnection(options.connectionString, options.password);
  const hosts = createHosts(connection, log);
  const database = createDatabase(connection, hosts, maxConnections, log);
  let revisionKey: Uint8Array;
  try {
    revisionKey = await prepareSchema(database, log);
  } catch (error) {
    await database.close();
    throw error;
  }

  const revisionOf = createRevisions(revisionKey);
  const reads = createCachedReads(createRecordReader(database, revisionOf), cacheBytes, foreignWritesTtl);
  const changes = notify ? createChanges(hosts, connection, log) : undefined;
  changes?.listen((key) => {
    if (key !== "any") reads.forget(key);
  });

  const open = new Set(["store", "state"]);
  let closed: Promise<void> | undefined;
  const assertOpen = (part: string) => () => {
    if (open.has(part)) return;
    throw new HandleError("store_failed", { message: `The store ${database.name} is closed.` });
  };
  const close = (part: string) => async () => {
    open.delete(part);
    await records.idle();
    if (open.size > 0) return;
    closed ??= changes === undefined ? database.close() : changes.close().then(database.close);
    await closed;
  };

  const records = createRecords({
    database,
    reads,
    revisionOf,
    changes,
    assertOpen: assertOpen("store"),
    close: close("store"),
  });
  return {
    store: records.store,
    state: createState(database, assertOpen("state"), close("state")),
    statistics: () => ({ ...reads.counts(), ...database.counts(), connections: database.connections() }),
    async close() {
      await Promise.all([close("state")(), close("store")()]);
    },
  };
}
