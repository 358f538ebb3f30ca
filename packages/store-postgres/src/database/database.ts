import { setTimeout } from "node:timers/promises";
import { HandleError } from "@handlekit/core";
import pg from "pg";
import {
  isConnectionLost,
  isDuplicate,
  isSerialisationFailure,
  isTimeout,
  NothingWritten,
  OutcomeUnknown,
  storeFailure,
} from "../failure.ts";
import type { PostgresConnections, WriteCounts } from "../statistics.ts";
import type { Pool } from "./pool.ts";

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
   * Runs a transaction, and runs it again when it fails because of others at the same time, or once if the connection was
   * lost before its end was sent. So `work` may be called several times.
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

/** Each statement of a transaction has to see what was committed before it, whatever the default of the database is. */
const BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED";

function rowsOf(result: pg.QueryArrayResult | pg.QueryArrayResult[]): Rows {
  const last = Array.isArray(result) ? result.at(-1) : result;
  return { rows: last?.rows ?? [], changed: last?.rowCount ?? 0 };
}

async function runOn(client: pg.PoolClient, { name, text }: Statement, values: readonly unknown[]) {
  return rowsOf(await client.query({ name, text, values: [...values], rowMode: "array" }));
}

const isTransient = (error: unknown) => isSerialisationFailure(error) || isDuplicate(error);

/** Calls `work` again, after a random pause, while it fails only because of others at the same time. */
async function retry<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS || !isTransient(error)) throw error;
      await setTimeout(Math.random() * Math.min(MAX_PAUSE_MS, 2 ** attempt));
    }
  }
}

/** Runs a transaction on a connection. @throws NothingWritten, OutcomeUnknown if the connection is lost */
async function runTransaction<T>(
  client: pg.PoolClient,
  begin: string,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
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
      throw isEnding ? new OutcomeUnknown("", { cause: first }) : new NothingWritten("", { cause: first });
    }
    if (first instanceof pg.DatabaseError) {
      await Promise.allSettled(sent);
      await client.query("ROLLBACK");
    }
    throw first;
  }
}

/** Creates a database on connections, which are opened when they are needed. */
export function createDatabase(pool: Pool, name: string): Database {
  const runAlone = (statement: Statement, values: readonly unknown[]) =>
    pool.use((client) => runOn(client, statement, values));

  /**
   * Calls `work` once more, with new connections, if a connection was lost and nothing can have been written. Not after a
   * time-out: the caller has waited long enough.
   */
  async function onceMore<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const cause = error instanceof NothingWritten || error instanceof OutcomeUnknown ? error.cause : error;
      if (!isConnectionLost(cause) && !(error instanceof NothingWritten)) throw error;
      await pool.dropIdle();
      if (error instanceof OutcomeUnknown || isTimeout(cause)) throw error;
      return work();
    }
  }

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
      return await named(what, () => retry(() => onceMore(work)));
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
      named(what, () => onceMore(() => retry(() => runAlone(statement, values)))),
    write: (what, statement, values) =>
      counted(what, 1, () =>
        pool.use(async (client) => {
          try {
            return await runOn(client, statement, values);
          } catch (error) {
            throw isConnectionLost(error) ? new OutcomeUnknown("", { cause: error }) : error;
          }
        }),
      ),
    transaction: (what, begin, work, writes = 1) =>
      counted(what, writes, () => pool.use((client) => runTransaction(client, begin, work))),
    counts: () => ({ ...counts }),
    connections: pool.counts,
    close: pool.close,
  };
}
