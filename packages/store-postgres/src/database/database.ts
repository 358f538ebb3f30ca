import { setTimeout } from "node:timers/promises";
import { HandleError, type Logger } from "@handlekit/core";
import pg from "pg";
import { isConnectionLost, isDuplicate, isSerialisationFailure, storeFailure } from "../failure.ts";
import type { Connection } from "./connection.ts";

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
  run(statement: Statement, values: readonly unknown[]): Promise<Rows>;
  /** Runs several statements without values in one round trip. Resolves to the result of the last one. */
  script(text: string): Promise<Rows>;
}

/** The connections to a database. Errors are `store_failed` and say what could not be done. */
export interface Database {
  /** The database, for messages. */
  readonly name: string;
  /** Reads. Tried once more if the connection is lost. */
  read(what: string, statement: Statement, values: readonly unknown[]): Promise<Rows>;
  /** Runs one statement that writes, as a transaction of its own. */
  write(what: string, statement: Statement, values: readonly unknown[]): Promise<Rows>;
  /**
   * Runs a transaction, and runs it again when it fails because of others at the same time, so that `work` may be called
   * several times.
   *
   * @param begin the statements with which it begins, after BEGIN
   */
  transaction<T>(what: string, begin: string, work: (transaction: Transaction) => Promise<T>): Promise<T>;
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

async function run(client: pg.Pool | pg.PoolClient, { name, text }: Statement, values: readonly unknown[]) {
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

/** Creates the connections, which are opened when they are needed. */
export function createDatabase(
  { config, name }: Connection,
  maxConnections: number,
  log: Logger | undefined,
): Database {
  const pool = new pg.Pool({ ...config, max: maxConnections });
  // Without listeners the loss of a connection would end the process. The pool opens another one.
  pool.on("connect", (client) => client.on("error", () => undefined));
  pool.on("error", (error) => log?.warn("a connection to the database was lost", { database: name, error }));

  async function attempt<T>(begin: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let broken = true;
    try {
      await client.query(begin === "" ? BEGIN : `${BEGIN}; ${begin}`);
      const result = await work({
        run: (statement, values) => run(client, statement, values),
        script: async (text) => rowsOf(await client.query({ text, rowMode: "array" })),
      });
      await client.query("COMMIT");
      broken = false;
      return result;
    } catch (error) {
      if (error instanceof pg.DatabaseError && !isConnectionLost(error)) {
        await client.query("ROLLBACK");
        broken = false;
      }
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async function named<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof HandleError ? error : storeFailure(name, what, error);
    }
  }

  return {
    name,
    read: (what, statement, values) =>
      named(what, async () => {
        try {
          return await retry(() => run(pool, statement, values));
        } catch (error) {
          if (!isConnectionLost(error)) throw error;
          return run(pool, statement, values);
        }
      }),
    write: (what, statement, values) => named(what, () => retry(() => run(pool, statement, values))),
    transaction: (what, begin, work) => named(what, () => retry(() => attempt(begin, work))),
    close: () => pool.end(),
  };
}
