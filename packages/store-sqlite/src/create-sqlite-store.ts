import { resolve } from "node:path";
import { HandleError, isHandleError } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { createFile } from "./create-file.ts";
import type { SqlDriver } from "./driver/driver.ts";
import { openDriver } from "./driver/open-driver.ts";
import { ACCESS_HINT, storeFailure } from "./failure.ts";
import { openStore } from "./open-store.ts";
import { prepareSchema } from "./schema.ts";

/** Where a store keeps its records. */
export interface SqliteStoreOptions {
  /** The path of the file, made when there is none (its directory must exist); or `:memory:` for no file. */
  readonly file: string;
}

/**
 * Opens a store on one SQLite file, with mode 0600 if it is new. Commits of one turn of the event loop share one sync to disk.
 *
 * @param options the file
 * @returns the store; close it to fold the write-ahead log into the file
 * @throws HandleError `invalid_options` when the file's name is empty
 * @throws HandleError `store_failed` when the file cannot be opened, is no SQLite database, or belongs to another program
 * or a newer version
 * @example
 * ```ts
 * const store = await createSqliteStore({ file: "/var/lib/hdl/handles.sqlite" });
 * await store.commit(handleKey("20.500.12345/abc"), "absent", values); // "done"
 * await store.close();
 * ```
 */
export async function createSqliteStore(options: SqliteStoreOptions): Promise<HandleStore> {
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
    return openStore(driver, file);
  } catch (error) {
    driver?.close();
    throw isHandleError(error) ? error : storeFailure(file, "be opened", error, ACCESS_HINT);
  }
}
