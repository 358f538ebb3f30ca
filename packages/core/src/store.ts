import type { HandleKey } from "./handle.ts";
import type { StoredValue } from "./value/value.ts";

export type { HandleKey } from "./handle.ts";
export { decodeRecord, encodeRecord } from "./value/record.ts";
export type { StoredValue } from "./value/value.ts";

/** The values of one record, in ascending index order. May be empty. */
export type RecordValues = readonly StoredValue[];

/** Names one state of one record. Opaque; never used twice for one key, not even after deletion. */
export type Revision = string & { readonly __revision: unique symbol };

/** A record as a store holds it. */
export interface StoredRecord {
  readonly values: RecordValues;
  /** What `commit` has to be given as `expected`. */
  readonly revision: Revision;
}

/**
 * Where records live. A store neither folds case (it is given keys) nor decides who may do what.
 * Implement this for a store of your own and run `describeStore` of `@handlekit/testing` on it.
 */
export interface HandleStore {
  /** The record under a key with its revision; undefined when there is none. */
  read(key: HandleKey): Promise<StoredRecord | undefined>;
  /**
   * Writes one record, or with `null` removes it, if it is still as expected. Durable when it answers "done".
   *
   * @param expected the revision that `read` gave, or "absent" when it gave none
   * @returns "conflict" when the record is not (or no longer) as expected; nothing was written then
   */
  commit(
    key: HandleKey,
    expected: Revision | "absent",
    next: RecordValues | null,
  ): Promise<"done" | "conflict">;
  /**
   * Keys under a prefix in ascending order of their UTF-8 bytes.
   *
   * @param prefix folded, without slash, such as `20.500.12345`
   * @param after gives only keys greater than this one
   * @param limit at most this many
   */
  list(prefix: string, after: HandleKey | undefined, limit: number): Promise<HandleKey[]>;
  /** The prefixes homed here, folded, in ascending order. */
  prefixes(): Promise<string[]>;
  /** Makes this store responsible for a prefix; nothing happens when it is. */
  home(prefix: string): Promise<void>;
  /** Ends that; records stay. */
  unhome(prefix: string): Promise<void>;
  /** Ends all use; later calls fail. */
  close(): Promise<void>;
}

/** One entry of a {@link StateStore}. */
export interface StateEntry {
  /** JSON or any other text. */
  readonly value: string;
  readonly revision: Revision;
}

/**
 * Where a server keeps what is not a record: sessions, clients of the ARDC service, sequences. A memory one comes with
 * `@handlekit/service`; processes that serve together share one.
 */
export interface StateStore {
  get(key: string): Promise<StateEntry | undefined>;
  /**
   * Writes an entry if it is still as expected.
   *
   * @param expected the revision that `get` gave, "absent" when it gave none, "any" to write whatever is there
   */
  put(key: string, value: string, expected: Revision | "absent" | "any"): Promise<"done" | "conflict">;
  /** Removes an entry; nothing happens when there is none. */
  delete(key: string): Promise<void>;
  /** Keys that begin with `prefix`, in ascending order, those after `after`, at most `limit`, with their entries. */
  scan(
    prefix: string,
    after: string | undefined,
    limit: number,
  ): Promise<readonly (readonly [string, StateEntry])[]>;
  /** The next number of a sequence, from 1; no number is given twice. */
  next(sequence: string): Promise<number>;
}
