import type { SqlDriver } from "./driver.ts";

/** Runs `work` in one transaction that holds the write lock from its start; what throws leaves nothing behind. */
export type Transaction = <T>(work: () => T) => T;

/** Prepares transactions on a connection. */
export function createTransaction(driver: SqlDriver): Transaction {
  // Prepared, because Deno's exec throws without SQLite's result code.
  const begin = driver.prepare("BEGIN IMMEDIATE");
  const commit = driver.prepare("COMMIT");
  const rollback = driver.prepare("ROLLBACK");
  return (work) => {
    begin.run([]);
    try {
      const result = work();
      commit.run([]);
      return result;
    } catch (error) {
      try {
        rollback.run([]);
      } catch {
        // A full disk and some other errors have rolled back already.
      }
      throw error;
    }
  };
}
