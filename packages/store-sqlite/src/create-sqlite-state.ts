import type { StateStore } from "@handlekit/core/store";
import { openFile, type SqliteFile } from "./open-file.ts";
import { openState } from "./open-state.ts";

/** Where a server's state is kept: a file of its own, or that of its store. */
export interface SqliteStateOptions extends SqliteFile {}

/** A state store that is closed when it is no longer needed. */
export interface SqliteState extends StateStore {
  /** Finishes what was begun and ends all use; later calls fail. */
  close(): Promise<void>;
}

/**
 * Opens a server's state (sessions, clients, sequences) on a SQLite file, which may be the file of its store. Changes of
 * one turn of the event loop share one sync to disk; each is durable when it answers.
 *
 * @param options the file
 * @throws HandleError `invalid_options` when the file's name is empty
 * @throws HandleError `store_failed` when the file cannot be opened, is no SQLite database, or belongs to another program
 * or a newer version; from a call also when the disk fails or the state is closed
 * @example
 * ```ts
 * const state = await createSqliteState({ file: "/var/lib/hdl/handles.sqlite" });
 * await state.next("suffix"); // 1
 * await state.close();
 * ```
 */
export function createSqliteState(options: SqliteStateOptions): Promise<SqliteState> {
  return openFile(options, openState);
}
