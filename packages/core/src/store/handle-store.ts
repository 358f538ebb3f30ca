import type { HandleKey } from "../handle.ts";
import type { ValueReference } from "../reference.ts";
import type { StoredValue } from "../value/value.ts";

/** The values of one record, in ascending index order. May be empty. */
export type RecordValues = readonly StoredValue[];

/**
 * Names one state of one record. Opaque. Two different states of a record never have the same revision; equal states
 * may, so that a store can use a digest of what it holds.
 */
export type Revision = string & { readonly __revision: unique symbol };

/** A record as a store holds it. */
export interface StoredRecord {
  readonly values: RecordValues;
  /** The value that `commit` takes as `expected`. */
  readonly revision: Revision;
}

/** Which values {@link HandleStore.find} looks for: those with exactly this data, or with data like a pattern. */
export type ValueQuery = {
  /** Only records of this prefix: folded, without slash. Default all. */
  readonly prefix?: string | undefined;
  /** Only values of this type, compared exactly. Default all. */
  readonly type?: string | undefined;
  /** Gives only keys greater than this one. */
  readonly after: HandleKey | undefined;
  /** The maximum number of keys. */
  readonly limit: number;
} & (
  | { readonly data: Uint8Array; readonly pattern?: undefined }
  | {
      /** Compared with the data as UTF-8 text; each `*` stands for any characters, nothing else is special. */
      readonly pattern: string;
      readonly data?: undefined;
    }
);

/** One change of a record, for the audit. Holds no secrets: whoever makes the entry takes them out. */
export interface AuditEntry {
  readonly time: Date;
  /** Who made the change; undefined for nobody. */
  readonly identity: ValueReference | undefined;
  /** How they logged in: `basic`, `session`, `client-certificate`, ... */
  readonly scheme: string;
  /** The address they called from. */
  readonly address: string | undefined;
  /** Such as `create`, `change`, `delete`. */
  readonly operation: string;
  /** The handle as the client wrote it. */
  readonly handle: string;
  /** The record before the change; undefined when there was none. */
  readonly before: RecordValues | undefined;
  /** The record after the change; undefined when it was removed. */
  readonly after: RecordValues | undefined;
}

/** An audit entry in its hash chain. */
export interface ChainedEntry {
  readonly entry: AuditEntry;
  /** Its position in the chain, from 1. */
  readonly number: number;
  /** SHA-256 over the entry, its number and the previous digest, in hex. */
  readonly digest: string;
  /** The digest of the entry before; empty for the first one. */
  readonly previous: string;
}

/** Reads the audit that a store keeps. */
export interface AuditTrail {
  /** Entries in ascending order of their numbers: those of one key, those after a number, `limit` at most. */
  read(query: {
    readonly key?: HandleKey | undefined;
    readonly after?: number | undefined;
    readonly limit: number;
  }): Promise<readonly ChainedEntry[]>;
  /** The number of entries and the digest of the last one. */
  head(): Promise<{ readonly count: number; readonly digest: string }>;
}

/**
 * Where records live. A store neither folds case (it is given keys) nor decides who may do what.
 * Implement this for a store of your own and run `describeStore` of `@handlekit/testing` on it.
 *
 * Change records with `updateRecord`, which keeps writers of one record from running into each other.
 */
export interface HandleStore {
  /** Resolves to the record under a key with its revision; undefined when there is none. */
  read(key: HandleKey): Promise<StoredRecord | undefined>;
  /**
   * Writes one record, or with `null` removes it, if it is still as expected. Resolves to "done" once that is durable.
   *
   * @param expected the revision that `read` gave, or "absent" when it gave none
   * @param next the whole record, which may have no values
   * @param audit written with the record or not at all, by a store that has {@link HandleStore.audit}
   * @returns "conflict" when the record is not (or no longer) as expected; nothing was written then
   */
  commit(
    key: HandleKey,
    expected: Revision | "absent",
    next: RecordValues | null,
    audit?: AuditEntry,
  ): Promise<"done" | "conflict">;
  /**
   * Keys under a prefix in ascending order of their UTF-8 bytes.
   *
   * @param prefix folded, without slash, such as `20.500.12345`
   * @param after gives only keys greater than this one
   * @param limit the maximum number of keys
   */
  list(prefix: string, after: HandleKey | undefined, limit: number): Promise<HandleKey[]>;
  /** The prefixes homed here, folded, in ascending order. */
  prefixes(): Promise<string[]>;
  /** Makes this store responsible for a prefix; does nothing when it is. */
  home(prefix: string): Promise<void>;
  /** Ends that; records stay. */
  unhome(prefix: string): Promise<void>;
  /** Ends all use; later calls fail. */
  close(): Promise<void>;
  /**
   * The keys of records that have a publicly readable value that fits, in ascending order of their UTF-8 bytes.
   * HS_SECKEY values never fit. A store without this member cannot be searched.
   */
  find?(query: ValueQuery): Promise<HandleKey[]>;
  /**
   * Calls `listener` with the key of each record that another process changed, for caches; "any" when it may have
   * missed some. A store without this member is not changed by others, or cannot tell.
   *
   * @returns a function that ends it
   */
  changes?(listener: (key: HandleKey | "any") => void): () => void;
  /** The audit of all changes; absent when the store keeps none. */
  readonly audit?: AuditTrail | undefined;
}
