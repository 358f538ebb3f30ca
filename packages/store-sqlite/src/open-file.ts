import { closeSync, openSync } from "node:fs";
import { resolve } from "node:path";
import { isHandleError } from "@handlekit/core";
import type { SqlDriver } from "./driver/driver.ts";
import { openDriver } from "./driver/open-driver.ts";
import { ACCESS_HINT, storeFailure } from "./failure.ts";
import { prepareSchema } from "./schema.ts";

/**
 * Creates an empty file that only its owner may read and write; SQLite gives its -wal and -shm files the same mode.
 * A file that exists is not even opened: closing it would drop the locks of another connection in this process.
 */
function createFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

/**
 * Opens a connection to a file, prepares its schema and passes it to `use`. Closes it again when any of that throws.
 *
 * @param path the path of the file, or `:memory:`
 * @throws HandleError `store_failed`
 */
export async function openFile<T>(path: string, use: (driver: SqlDriver, file: string) => T): Promise<T> {
  // libsql takes a URL for the address of a database in the network; an absolute path cannot be a URL.
  const file = path === ":memory:" ? path : resolve(path);
  let driver: SqlDriver | undefined;
  try {
    if (file !== ":memory:") createFile(file);
    driver = await openDriver(file);
    prepareSchema(driver, file);
    return use(driver, file);
  } catch (error) {
    driver?.close();
    throw isHandleError(error) ? error : storeFailure(file, "be opened", error, ACCESS_HINT);
  }
}

/** Moves the write-ahead log into the file and closes the connection. */
export function closeFile(driver: SqlDriver): void {
  try {
    driver.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    driver.close();
  }
}
