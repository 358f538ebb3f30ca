import { openBackend } from "./open-backend.ts";
import { openWith } from "./open-with.ts";
import type { SqliteOptions } from "./options.ts";
import type { OpenedSqlite } from "./statistics.ts";

/**
 * Opens records and state in one SQLite file, for this process alone. Writes that wait at the same time share one sync to
 * disk, in a thread of their own; each is durable when it resolves.
 *
 * @param options the file
 * @returns store and state; `close` closes both and moves the write-ahead log into the file, and calling it again does
 *   nothing. `statistics` returns counters
 * @throws HandleError `invalid_options` when `file` is empty or not a string, or `cacheBytes` is negative
 * @throws HandleError `store_failed` when another process has the file open (`retryable`; the message names it), or when
 *   it cannot be opened, is not a SQLite database, or belongs to another program or a newer version; nothing is left
 *   open then
 * @example
 * ```ts
 * const { store, state, close } = await openSqlite({ file: "/var/lib/hdl/handles.sqlite" });
 * await store.commit(handleKey("20.500.12345/abc"), "absent", values); // "done"
 * await state.next("suffix"); // 1
 * await close();
 * ```
 */
export function openSqlite(options: SqliteOptions): Promise<OpenedSqlite> {
  return openWith(options, openBackend);
}
