import type { SqlDriver } from "./driver.ts";

/** Runs `work` in a transaction that holds the write lock from the start. Rolls back if `work` throws. */
export type Transaction = <T>(work: () => T) => T;

/** Prepares the statements of transactions on a connection. */
export function createTransaction(driver: SqlDriver): Transaction {
  // Prepared, because errors of Deno's exec lack the result code of SQLite.
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
        // After some errors, such as a full disk, SQLite has rolled back already.
      }
      throw error;
    }
  };
}
