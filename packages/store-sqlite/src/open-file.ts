import { resolve } from "node:path";
import { HandleError, isHandleError } from "@handlekit/core";
import { createFile } from "./create-file.ts";
import type { SqlDriver } from "./driver/driver.ts";
import { openDriver } from "./driver/open-driver.ts";
import { ACCESS_HINT, storeFailure } from "./failure.ts";
import { prepareSchema } from "./schema.ts";

/** Where something is kept. */
export interface SqliteFile {
  /** The path of the file, made when there is none (its directory must exist); or `:memory:` for no file. */
  readonly file: string;
}

/**
 * Opens a file, makes it ready and gives the connection to `use`; when anything fails, the connection is closed.
 *
 * @throws HandleError `invalid_options` for an empty name, else `store_failed`
 */
export async function openFile<T>(
  options: SqliteFile,
  use: (driver: SqlDriver, file: string) => T,
): Promise<T> {
  if (options.file === "") {
    throw new HandleError("invalid_options", {
      message: "The file of the SQLite store has no name.",
      hint: 'Give a path, or ":memory:".',
    });
  }
  // An absolute path can be no URL, which libsql would open over the network.
  const file = options.file === ":memory:" ? options.file : resolve(options.file);
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

/** Closes a connection; everything is in the file itself then, and none in the log beside it. */
export function closeFile(driver: SqlDriver): void {
  try {
    driver.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    driver.close();
  }
}
