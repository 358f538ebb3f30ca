import type { SqlDriver } from "../driver/driver.ts";

/** Moves the write-ahead log into the file and closes the connection. */
export function closeFile(driver: SqlDriver): void {
  try {
    driver.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    driver.close();
  }
}
