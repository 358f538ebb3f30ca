import { checkArgument } from "../check.ts";
import type { HandleKey } from "../handle.ts";
import { createGenerations } from "./generations.ts";
import type { StoredRecord } from "./handle-store.ts";

/** A record and about the number of bytes of its values. */
export interface SizedRecord {
  readonly record: StoredRecord;
  readonly bytes: number;
}

/** The records that were read more than once lately. */
export interface HotRecords {
  get(key: HandleKey): StoredRecord | undefined;
  /** Is told of a record that was not here and had to be read. */
  add(key: HandleKey, read: SizedRecord): void;
  /** Replaces a record that is here, or removes it. */
  replace(key: HandleKey, read: () => SizedRecord | undefined): void;
  /** About the memory that they need, in bytes. */
  readonly bytes: number;
}

/** About the memory for a record of four values. */
const USUAL_BYTES = 4096;

/**
 * Returns the binary logarithm of the number of keys that are remembered as read once: about as many as there is memory
 * for records. With more, records are admitted that are not read again before they have to leave.
 */
const seenBits = (maxBytes: number) =>
  Math.min(20, Math.max(10, Math.ceil(Math.log2(maxBytes / USUAL_BYTES))));
/** About what a record and a value need beside their data: objects, and the encoded answer that hangs on the record. */
const RECORD_BYTES = 600;
const VALUE_BYTES = 400;

/** A hash of a key (FNV-1a over its UTF-16 units), never 0. */
function hash(key: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) value = Math.imul(value ^ key.charCodeAt(i), 0x01000193);
  return value | 1;
}

function costOf({ record, bytes }: SizedRecord): number {
  return RECORD_BYTES + VALUE_BYTES * record.values.length + 3 * bytes;
}

/**
 * Creates a cache of decoded records for a store, bounded by the memory that they need. A record is admitted when it is
 * read for the second time, because with random reads over many records almost none would be read again.
 *
 * @param maxBytes about the memory that is used; 0 for no cache
 * @example
 * ```ts
 * const hot = createHotRecords(64 * 1024 * 1024);
 * const record = hot.get(key) ?? readCold(key); // which calls hot.add
 * ```
 */
export function createHotRecords(maxBytes: number): HotRecords {
  checkArgument("createHotRecords", "maxBytes", maxBytes, ["number"]);
  const bits = seenBits(maxBytes);
  const seen = new Int32Array(1 << bits);
  const held = createGenerations<StoredRecord>(maxBytes);

  return {
    get: (key) => held.get(key),
    add(key, read) {
      const mark = hash(key);
      const at = mark >>> (32 - bits);
      if (seen[at] === mark) held.set(key, read.record, costOf(read));
      else seen[at] = mark;
    },
    replace(key, read) {
      if (!held.has(key)) return;
      const now = read();
      if (now === undefined) held.delete(key);
      else held.set(key, now.record, costOf(now));
    },
    get bytes() {
      return held.cost;
    },
  };
}
