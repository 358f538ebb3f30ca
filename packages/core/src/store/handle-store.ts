import type { HandleKey } from "../handle.ts";
import type { ValueReference } from "../reference.ts";
import type { StoredValue } from "../value/value.ts";

/** The values of one record, in ascending index order. May be empty. */
export type RecordValues = readonly StoredValue[];

/**
 * Identifies one state of a record. Opaque. Two different states of a record never have the same revision; equal states
 * may, so that a store can use a digest of the record. Everybody sees it as ETag: a digest must be keyed, or hidden
 * values could be guessed by it.
 */
export type Revision = string & { readonly __revision: unique symbol };

/** A record in a store. */
export interface StoredRecord {
  readonly values: RecordValues;
  /** The `expected` argument of `commit`. */
  readonly revision: Revision;
}

/** The query of {@link HandleStore.find}: values with exactly this data, or with data that matches a pattern. */
export type ValueQuery = {
  /** Only records of this prefix: folded, without slash. Default all. */
  readonly prefix?: string | undefined;
  /** Only values of this type, compared exactly. Default all. */
  readonly type?: string | undefined;
  /** Finds only keys greater than this one. */
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

/** One entry of the audit: a change of a record, or an event beside them, such as an import. It contains no secrets. */
export interface AuditEntry {
  readonly time: Date;
  /** The identity that made the change; undefined if it is not an identity of the Handle System. */
  readonly identity: ValueReference | undefined;
  /** The authentication scheme: `basic`, `session`, `client-certificate`, `ardc`, or `command` for one of the server's. */
  readonly scheme: string;
  /** The IP address of the client. */
  readonly address: string | undefined;
  /** Such as `create`, `change`, `delete`. */
  readonly operation: string;
  /** The handle as the client wrote it; empty for an event that belongs to no record. */
  readonly handle: string;
  /** The record before the change; undefined when there was none. */
  readonly before: RecordValues | undefined;
  /** The record after the change; undefined when it was removed. */
  readonly after: RecordValues | undefined;
  /** More about the event, as text: the client of the ARDC service, the digest of an import. */
  readonly note?: string | undefined;
}

/** An audit entry in its hash chain. */
export interface ChainedEntry {
  readonly entry: AuditEntry;
  /** Its position in the chain, from 1. */
  readonly number: number;
  /** SHA-256 over the entry, its number and the previous digest, in hex, see `auditDigestInput`. */
  readonly digest: string;
  /** The digest of the entry before; empty for the first one. */
  readonly previous: string;
}

/** The audit that a store keeps. */
export interface AuditTrail {
  /** Reads at most `limit` entries in ascending order of their numbers, after a number if one is given. */
  read(query: {
    readonly after?: number | undefined;
    readonly limit: number;
  }): Promise<readonly ChainedEntry[]>;
  /** Reads at most `limit` entries of one record, the newest first, before a number if one is given. */
  history(query: {
    readonly key: HandleKey;
    readonly before?: number | undefined;
    readonly limit: number;
  }): Promise<readonly ChainedEntry[]>;
  /** Resolves to the number and the digest of the last entry; 0 and an empty digest if there is none. */
  head(): Promise<AuditHead>;
  /** Writes an entry that belongs to no record. Resolves once it is durable. */
  add(entry: AuditEntry): Promise<void>;
  /**
   * Removes the oldest entries up to a time, at most some thousands in one call, and writes an entry that says so
   * (`retentionEntry`), so that they are not missed. Resolves to how many were removed, and whether there are more.
   */
  removeBefore(time: Date): Promise<{ readonly removed: number; readonly more: boolean }>;
}

/** The end of an audit chain. */
export interface AuditHead {
  /** The number of the last entry. */
  readonly count: number;
  /** The digest of the last entry. */
  readonly digest: string;
}

/**
 * A store of records. It does not fold case, because it is passed keys, and does not decide who may do what. Implement
 * it for a store of your own, and run `describeStore` of `@handlekit/testing` on it.
 *
 * Change records with `updateRecord`, which serialises the writers of one record.
 */
export interface HandleStore {
  /**
   * Resolves to the record under a key and its revision, or to undefined if there is none. A store may return the same
   * object to several callers until the record is changed: nobody may modify it, its values or their data, neither the
   * callers nor the store.
   */
  read(key: HandleKey): Promise<StoredRecord | undefined>;
  /**
   * Writes one record, or removes it if `next` is null, provided that it is still as expected. Resolves to "done" once
   * the change is durable.
   *
   * @param expected the revision that `read` returned, or "absent" if it returned undefined
   * @param next the whole record, which may have no values
   * @param audit written in the same transaction, by a store that has {@link HandleStore.audit}
   * @returns "conflict" if the record is not as expected; nothing was written then
   */
  commit(
    key: HandleKey,
    expected: Revision | "absent",
    next: RecordValues | null,
    audit?: AuditEntry,
  ): Promise<"done" | "conflict">;
  /**
   * Lists the keys under a prefix in ascending order of their UTF-8 bytes.
   *
   * @param prefix folded, without slash, such as `20.500.12345`
   * @param after lists only keys greater than this one
   * @param limit the maximum number of keys
   */
  list(prefix: string, after: HandleKey | undefined, limit: number): Promise<HandleKey[]>;
  /** Lists the prefixes homed here, folded, in ascending order. */
  prefixes(): Promise<string[]>;
  /** Makes this store responsible for a prefix. Does nothing if it is already. */
  home(prefix: string): Promise<void>;
  /** Ends the responsibility for a prefix. Its records are kept. */
  unhome(prefix: string): Promise<void>;
  /** Closes the store. Later calls fail. */
  close(): Promise<void>;
  /**
   * Lists the keys of records with a publicly readable value that matches a query, in ascending order of their UTF-8
   * bytes. Values of reserved types (`HS_`, in any case) never match, see `matchesQuery`. Absent if the store cannot
   * search.
   */
  readonly find?: ((query: ValueQuery) => Promise<HandleKey[]>) | undefined;
  /**
   * Calls `listener` with the key of each record that another process changed, for caches, or with "any" if it may have
   * missed some. Absent if other processes cannot change the store, or if it does not notice.
   *
   * @returns a function that ends the subscription
   */
  readonly changes?: ((listener: (key: HandleKey | "any") => void) => () => void) | undefined;
  /** The audit of all changes. Absent if the store keeps none. */
  readonly audit?: AuditTrail | undefined;
}
