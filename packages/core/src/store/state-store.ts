import type { HandleStore, Revision } from "./handle-store.ts";

/** One entry of a {@link StateStore}. */
export interface StateEntry {
  /** JSON or any other text. */
  readonly value: string;
  /** Never used twice for one key, not even after deletion. */
  readonly revision: Revision;
}

/**
 * Where a server keeps everything that is not a record: sessions, clients of the ARDC service, sequences. A memory one
 * comes with `@handlekit/service`; processes that serve together share one.
 */
export interface StateStore {
  get(key: string): Promise<StateEntry | undefined>;
  /**
   * Writes an entry if it is still as expected.
   *
   * @param expected the revision that `get` gave, "absent" when it gave none, "any" to write whatever is there
   */
  put(key: string, value: string, expected: Revision | "absent" | "any"): Promise<"done" | "conflict">;
  /** Removes an entry; does nothing when there is none. */
  delete(key: string): Promise<void>;
  /** Keys that begin with `prefix`, in ascending order, those after `after`, `limit` at most, with their entries. */
  scan(
    prefix: string,
    after: string | undefined,
    limit: number,
  ): Promise<readonly (readonly [string, StateEntry])[]>;
  /** The next number of a sequence, from 1; no number is given twice. */
  next(sequence: string): Promise<number>;
  /** Ends all use; later calls fail. Absent when there is nothing to end. */
  close?(): Promise<void>;
}

/** Records and state opened as one thing, as `openMemory` and `openSqlite` do. */
export interface OpenedStore {
  readonly store: HandleStore;
  readonly state: StateStore;
  /** Closes both. */
  close(): Promise<void>;
}
