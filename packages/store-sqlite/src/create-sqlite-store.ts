import type { HandleStore } from "@handlekit/core/store";
import { openFile, type SqliteFile } from "./open-file.ts";
import { openStore } from "./open-store.ts";

/** Where a store keeps its records. */
export interface SqliteStoreOptions extends SqliteFile {}

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
export function createSqliteStore(options: SqliteStoreOptions): Promise<HandleStore> {
  return openFile(options, openStore);
}
