import { setTimeout } from "node:timers/promises";
import { HandleError, type Logger } from "@handlekit/core";
import pg from "pg";
import {
  isConnectionLost,
  isDuplicate,
  isReadOnly,
  isSerialisationFailure,
  isTimeout,
  NothingWritten,
  OutcomeUnknown,
  storeFailure,
} from "../failure.ts";
import type { PostgresConnections, WriteCounts } from "../statistics.ts";
import type { Connection } from "./connection.ts";
import type { Hosts } from "./hosts.ts";

/** A statement that PostgreSQL prepares once in each connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** The rows of a statement as arrays of columns, and how many rows it changed. */
export interface Rows {
  // biome-ignore lint/suspicious/noExplicitAny: the types of the columns are known to whoever wrote the statement.
  readonly rows: any[][];
  readonly changed: number;
}

/** Runs statements in a transaction. */
export interface Transaction {
  /** The result of the last statement with which the transaction began, if it began with any. */
  readonly begun: Promise<Rows>;
  run(statement: Statement, values: readonly unknown[]): Promise<Rows>;
  /** Runs a statement whose result is not needed, in one round trip with the end. The transaction fails if it does. */
  send(statement: Statement, values: readonly unknown[]): void;
}

/** The connections to a database. Errors are `store_failed` and say what could not be done. */
export interface Database {
  /** The database, for messages. */
  readonly name: string;
  /** Reads. Tried once more if the connection is lost, but not when there was no answer in time. */
  read(what: string, statement: Statement, values: readonly unknown[]): Promise<Rows>;
  /** Runs one statement that writes, as a transaction of its own. */
  write(what: string, statement: Statement, values: readonly unknown[]): Promise<Rows>;
  /**
   * Runs a transaction, and runs it again when it fails because of others at the same time, so that `work` may be called
   * several times.
   *
   * @param begin statements without values with which it begins, in one round trip with the first of `work`
   * @param writes how many writes are in it, for the statistics. Default 1
   */
  transaction<T>(
    what: string,
    begin: string,
    work: (transaction: Transaction) => Promise<T>,
    writes?: number,
  ): Promise<T>;
  counts(): WriteCounts;
  connections(): PostgresConnections;
  close(): Promise<void>;
}

const MAX_ATTEMPTS = 10;
const MAX_PAUSE_MS = 50;
/** How long a call waits for one of several hosts to accept writes, as while a standby is promoted. */
const FAIL_OVER_MS = 10_000;
const TRY_AGAIN_MS = 50;

/** Each statement of a transaction has to see what was committed before it, whatever the default of the database is. */
const BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED";

function rowsOf(result: pg.QueryArrayResult | pg.QueryArrayResult[]): Rows {
  const last = Array.isArray(result) ? result.at(-1) : result;
  return { rows: last?.rows ?? [], changed: last?.rowCount ?? 0 };
}

async function runOn(client: pg.PoolClient, { name, text }: Statement, values: readonly unknown[]) {
  return rowsOf(await client.query({ name, text, values: [...values], rowMode: "array" }));
}

const isTransient = (error: unknown) =>
  isSerialisationFailure(error) || isDuplicate(error) || error instanceof NothingWritten;

/** Calls `work` again, after a random pause, while nothing was written only because of others or a lost connection. */
async function retry<T>(work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      // A connection that does not answer is found after a long time, and the next one may not answer either.
      const isLate =
        error instanceof NothingWritten &&
        (isTimeout(error.cause) || performance.now() - began > FAIL_OVER_MS);
      if (attempt >= MAX_ATTEMPTS || isLate || !isTransient(error)) {
        throw error instanceof NothingWritten ? error.cause : error;
      }
      await setTimeout(Math.random() * Math.min(MAX_PAUSE_MS, 2 ** attempt));
    }
  }
}

/** Creates the connections, which are opened when they are needed. */
export function createDatabase(
  { hosts: [config], name }: Connection,
  hosts: Hosts,
  maxConnections: number,
  log: Logger | undefined,
): Database {
  const pool = new pg.Pool({
    ...config,
    pipeline: true,
    max: maxConnections,
    Client: hosts.Client,
    onConnect: hosts.assertPrimary,
  });
  // The pool opens another connection.
  pool.on("error", (error) => log?.warn("a connection to the database was lost", { database: name, error }));

  async function connect(): Promise<pg.PoolClient> {
    const deadline = performance.now() + FAIL_OVER_MS;
    for (;;) {
      try {
        return await pool.connect();
      } catch (error) {
        const mayChange = hosts.count > 1 && (isConnectionLost(error) || isReadOnly(error));
        if (!mayChange || performance.now() > deadline) throw error;
        await setTimeout(TRY_AGAIN_MS);
      }
    }
  }

  /** Ends the connections that are idle: when one was lost, or does not answer, the others are not to be trusted. */
  async function dropIdle(): Promise<void> {
    try {
      for (let left = pool.idleCount; left > 0 && pool.idleCount > 0; left--) {
        (await pool.connect()).release(true);
      }
    } catch {
      // Somebody else has taken the idle one, and there is no other.
    }
  }

  /** Runs work on a connection, which is closed if it is lost, or if its host does not accept writes any more. */
  async function withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await connect();
    let broken = true;
    try {
      const result = await work(client);
      broken = false;
      return result;
    } catch (error) {
      if (hosts.count > 1 && isReadOnly(error)) {
        hosts.leave(client);
        throw new NothingWritten("", { cause: error });
      }
      broken = !(error instanceof pg.DatabaseError) || isConnectionLost(error);
      throw error;
    } finally {
      client.release(broken);
      if (broken) await dropIdle();
    }
  }

  const runAlone = (statement: Statement, values: readonly unknown[]) =>
    withClient((client) => runOn(client, statement, values));

  const attempt = <T>(begin: string, work: (transaction: Transaction) => Promise<T>): Promise<T> =>
    withClient(async (client) => {
      const sent: Promise<Rows>[] = [];
      const text = begin === "" ? BEGIN : `${BEGIN}; ${begin}`;
      const begun = client.query({ text, rowMode: "array" }).then(rowsOf);
      // Its failure is thrown below; until then the statements that follow it are awaited.
      begun.catch(() => undefined);
      let isEnding = false;
      try {
        const result = await work({
          begun,
          run: (statement, values) => runOn(client, statement, values),
          send(statement, values) {
            const running = runOn(client, statement, values);
            running.catch(() => undefined);
            sent.push(running);
          },
        });
        isEnding = true;
        // COMMIT of a transaction in which a statement failed is a rollback.
        await Promise.all([begun, ...sent, client.query("COMMIT")]);
        return result;
      } catch (error) {
        // After a statement that failed, the later ones fail only because the transaction has.
        const first = await begun.then(
          () => error,
          (failed: unknown) => failed,
        );
        if (isConnectionLost(first)) {
          throw isEnding
            ? new OutcomeUnknown("", { cause: first })
            : new NothingWritten("", { cause: first });
        }
        if (first instanceof pg.DatabaseError) {
          await Promise.allSettled(sent);
          await client.query("ROLLBACK");
        }
        throw first;
      }
    });

  async function named<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof HandleError ? error : storeFailure(name, what, error);
    }
  }

  const counts: WriteCounts = { groups: 0, writes: 0, failedGroups: 0, writeMilliseconds: 0 };

  /** Calls `work`, which writes, and counts it. */
  async function counted<T>(what: string, writes: number, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    counts.groups++;
    counts.writes += writes;
    try {
      return await named(what, () => retry(work));
    } catch (error) {
      counts.failedGroups++;
      throw error;
    } finally {
      counts.writeMilliseconds += performance.now() - began;
    }
  }

  return {
    name,
    read: (what, statement, values) =>
      named(what, async () => {
        try {
          return await retry(() => runAlone(statement, values));
        } catch (error) {
          if (!isConnectionLost(error) || isTimeout(error)) throw error;
          return runAlone(statement, values);
        }
      }),
    write: (what, statement, values) => counted(what, 1, () => runAlone(statement, values)),
    transaction: (what, begin, work, writes = 1) => counted(what, writes, () => attempt(begin, work)),
    counts: () => ({ ...counts }),
    connections: () => ({
      open: pool.totalCount,
      inUse: pool.totalCount - pool.idleCount,
      waiting: pool.waitingCount,
    }),
    close: () => pool.end(),
  };
}
