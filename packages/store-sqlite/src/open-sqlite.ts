import { checkOptions, invalidOptions } from "@handlekit/core";
import type { OpenedStore } from "@handlekit/core/store";
import { openFile } from "./open-file.ts";
import { openState } from "./open-state.ts";
import { openStore } from "./open-store.ts";

/** Options of {@link openSqlite}. */
export interface SqliteOptions {
  /**
   * The path of the file, or `:memory:` for no file. A file that does not exist is created with mode 0600; its
   * directory must exist.
   */
  readonly file: string;
}

/**
 * Opens records and state in one SQLite file. Writes of one turn of the event loop share one sync to disk; each is
 * durable when it resolves. Several processes may use the same file.
 *
 * @param options the file
 * @returns store and state, each on a connection of its own; `close` closes both and moves the write-ahead log into
 *   the file. Calling it again does nothing
 * @throws HandleError `invalid_options` when `file` is empty or not a string
 * @throws HandleError `store_failed` when the file cannot be opened, is not a SQLite database, or belongs to another
 *   program or a newer version; nothing is left open then
 * @example
 * ```ts
 * const { store, state, close } = await openSqlite({ file: "/var/lib/hdl/handles.sqlite" });
 * await store.commit(handleKey("20.500.12345/abc"), "absent", values); // "done"
 * await state.next("suffix"); // 1
 * await close();
 * ```
 */
export async function openSqlite(options: SqliteOptions): Promise<OpenedStore> {
  checkOptions("openSqlite", options, { file: ["string"] });
  const { file } = options;
  if (file === "") {
    throw invalidOptions("openSqlite: the option file is empty.", 'Give a path, or ":memory:".');
  }
  const store = await openFile(file, openStore);
  const state = await openFile(file, openState).catch(async (error: unknown) => {
    await store.close().catch(() => undefined);
    throw error;
  });
  return {
    store,
    state,
    async close() {
      try {
        await state.close();
      } finally {
        await store.close();
      }
    },
  };
}
