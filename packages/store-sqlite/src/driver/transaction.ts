import type { SqlDriver } from "./driver.ts";

/** Runs `work` in one transaction that holds the write lock from its start; what throws leaves nothing behind. */
export function inTransaction<T>(driver: SqlDriver, work: () => T): T {
  driver.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    driver.exec("COMMIT");
    return result;
  } catch (error) {
    try {
      driver.exec("ROLLBACK");
    } catch {
      // A full disk and some other errors have rolled back already.
    }
    throw error;
  }
}
