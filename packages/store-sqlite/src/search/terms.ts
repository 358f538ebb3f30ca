import { createHash } from "node:crypto";
import { encodeUtf8, VALUE_PERMISSIONS } from "@handlekit/core";
import { isReservedType, type RecordValues, type StoredValue } from "@handlekit/core/store";

/**
 * The search index has one row for each value that can be found: the term and the key of the record. A term is the
 * beginning of the data, a digest of the data and one of the type. So the values with some data are one range of the
 * index, in which those of one type are adjacent and in the order of their keys, and the values that begin with some
 * bytes are another. What is found by a term is compared with the record: digests may be equal by chance.
 */
export const BEGINNING_BYTES = 48;
const DATA_DIGEST_BYTES = 8;
const TYPE_DIGEST_BYTES = 4;
const MAX_TYPES = 1000;

function digestOf(bytes: Uint8Array, length: number): Uint8Array {
  return createHash("sha256").update(bytes).digest().subarray(0, length);
}

/** Makes terms. */
export interface Terms {
  /** The beginning of the terms of all values with some data, of any type. */
  ofData(data: Uint8Array): Uint8Array;
  /** The term of a value. */
  of(type: string, data: Uint8Array): Uint8Array;
  /** The terms of a record, each once. */
  ofRecord(values: RecordValues): Uint8Array[];
  /** The terms that a record loses and gains when it is changed, each once. */
  ofChange(before: RecordValues, after: RecordValues): TermsOfChange;
}

/** See {@link Terms}. */
export interface TermsOfChange {
  readonly lost: readonly Uint8Array[];
  readonly gained: readonly Uint8Array[];
}

/** The bytes as a text of as many characters, which can be the key of a map. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Creates the functions that make terms. They remember the digests of types. */
export function createTerms(): Terms {
  const types = new Map<string, Uint8Array>();

  function digestOfType(type: string): Uint8Array {
    const known = types.get(type);
    if (known !== undefined) return known;
    if (types.size >= MAX_TYPES) types.clear();
    const digest = digestOf(encodeUtf8(type), TYPE_DIGEST_BYTES);
    types.set(type, digest);
    return digest;
  }

  const ofData = (data: Uint8Array) =>
    concat(data.subarray(0, BEGINNING_BYTES), digestOf(data, DATA_DIGEST_BYTES));
  const of = (type: string, data: Uint8Array) => concat(ofData(data), digestOfType(type));
  /** The values of a record that can be found, those with one term once: by what the term is made of. */
  function foundOf(values: RecordValues): Map<string, StoredValue> {
    const found = new Map<string, StoredValue>();
    for (const value of values) {
      const { type, data, permissions } = value;
      if ((permissions & VALUE_PERMISSIONS.publicRead) === 0 || isReservedType(type)) continue;
      found.set(latin1(digestOfType(type)) + latin1(data), value);
    }
    return found;
  }

  const ofValue = ({ type, data }: StoredValue) => of(type, data);
  return {
    ofData,
    of,
    ofRecord: (values) => [...foundOf(values).values()].map(ofValue),
    ofChange(before, after) {
      const [lost, gained] = [foundOf(before), foundOf(after)];
      // Most values of a large record stay as they are, and their digests take longer than all the rest. That a value which
      // goes has, by its digest, the very term of one which stays is left out of account.
      for (const name of lost.keys()) if (gained.delete(name)) lost.delete(name);
      return { lost: [...lost.values()].map(ofValue), gained: [...gained.values()].map(ofValue) };
    },
  };
}

/** The smallest bytes that are greater than all bytes that begin with `prefix`; undefined if there are none. */
export function afterAllBytes(prefix: Uint8Array): Uint8Array | undefined {
  const last = prefix.findLastIndex((byte) => byte < 0xff);
  if (last < 0) return undefined;
  const next = prefix.slice(0, last + 1);
  next[last] = (next[last] ?? 0) + 1;
  return next;
}
