import type { HandleStore, Revision } from "./handle-store.ts";

/** One entry of a {@link StateStore}. */
export interface StateEntry {
  /** JSON or any other text. */
  readonly value: string;
  /** A revision is never used twice for one key, not even after deletion. */
  readonly revision: Revision;
}

/**
 * A store of everything that a server keeps beside its records: sessions, clients of the ARDC service, sequences.
 * `@handlekit/service` has one in memory. The processes of one server share one.
 */
export interface StateStore {
  /** Resolves to the entry under a key, or to undefined if there is none. */
  get(key: string): Promise<StateEntry | undefined>;
  /**
   * Writes an entry if it is still as expected.
   *
   * @param expected the revision that `get` returned, "absent" if it returned undefined, "any" to write unconditionally
   */
  put(key: string, value: string, expected: Revision | "absent" | "any"): Promise<"done" | "conflict">;
  /** Removes an entry. Does nothing if there is none. */
  delete(key: string): Promise<void>;
  /** Lists at most `limit` keys that begin with `prefix` and are greater than `after`, ascending, with their entries. */
  scan(
    prefix: string,
    after: string | undefined,
    limit: number,
  ): Promise<readonly (readonly [string, StateEntry])[]>;
  /** Resolves to the next number of a sequence, from 1. No number is used twice. */
  next(sequence: string): Promise<number>;
  /** Closes the store. Later calls fail. Absent if there is nothing to close. */
  readonly close?: (() => Promise<void>) | undefined;
}

/** The result of opening a store, as `openMemory` and `openSqlite` do. */
export interface OpenedStore {
  readonly store: HandleStore;
  readonly state: StateStore;
  /** Closes both. */
  close(): Promise<void>;
}
