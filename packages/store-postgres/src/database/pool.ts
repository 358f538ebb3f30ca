import { setTimeout } from "node:timers/promises";
import type { Logger } from "@handlekit/core";
import pg from "pg";
import { isConnectionLost, isReadOnly, NothingWritten } from "../failure.ts";
import type { PostgresConnections } from "../statistics.ts";
import type { Connection } from "./connection.ts";
import type { Hosts } from "./hosts.ts";

/** How long a call waits for one of several hosts to accept writes, as while a standby is promoted. */
const FAIL_OVER_MS = 10_000;
const TRY_AGAIN_MS = 50;

/** The connections to a database. */
export interface Pool {
  /**
   * Runs work on a connection, which is closed if it is lost, or if its host does not accept writes any more.
   *
   * @throws NothingWritten in the second case
   */
  use<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  /** Ends the connections that are idle. When one was lost, the others are not to be trusted. */
  dropIdle(): Promise<void>;
  counts(): PostgresConnections;
  close(): Promise<void>;
}

/** Creates the connections, which are opened when they are needed. */
export function createPool(
  { hosts: [config], name }: Connection,
  hosts: Hosts,
  maxConnections: number,
  log: Logger | undefined,
): Pool {
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

  return {
    async use(work) {
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
      }
    },
    async dropIdle() {
      try {
        for (let left = pool.idleCount; left > 0 && pool.idleCount > 0; left--) {
          (await pool.connect()).release(true);
        }
      } catch {
        // Somebody else has taken the idle one, and there is no other.
      }
    },
    counts: () => ({
      open: pool.totalCount,
      inUse: pool.totalCount - pool.idleCount,
      waiting: pool.waitingCount,
    }),
    close: () => pool.end(),
  };
}
