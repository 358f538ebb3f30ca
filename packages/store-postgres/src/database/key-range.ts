import { bytesOf } from "../rows/value-row.ts";

/** A range of keys, as bytes: from the first to before the last. */
export type KeyRange = readonly [from: Buffer, to: Buffer];

/** Greater than every key: no UTF-8 text begins with this byte. */
const AFTER_ALL_KEYS = Buffer.from([0xff]);

const later = (a: Buffer, b: Buffer) => (Buffer.compare(a, b) > 0 ? a : b);

/** The keys that are greater than `after`: there is no text between a key and the same key followed by U+0000. */
const from = (after: string | undefined) => (after === undefined ? Buffer.alloc(0) : bytesOf(`${after}\0`));

/** The range of the keys under a prefix, or of all keys, that are greater than `after`. */
export function keyRange(prefix: string | undefined, after: string | undefined): KeyRange {
  if (prefix === undefined) return [from(after), AFTER_ALL_KEYS];
  // "0" is the character after "/".
  return [later(bytesOf(`${prefix}/`), from(after)), bytesOf(`${prefix}0`)];
}

/** The range of the texts that begin with `beginning` and are greater than `after`. */
export function textRange(beginning: string, after: string | undefined): KeyRange {
  const bytes = bytesOf(beginning);
  return [later(bytes, from(after)), afterAll(bytes) ?? AFTER_ALL_KEYS];
}

/** The smallest bytes that are greater than all bytes that begin with `prefix`; undefined if there are none. */
export function afterAll(prefix: Uint8Array): Buffer | undefined {
  const last = prefix.findLastIndex((byte) => byte < 0xff);
  if (last < 0) return undefined;
  const next = Buffer.from(prefix.subarray(0, last + 1));
  next[last] = (next[last] ?? 0) + 1;
  return next;
}
