import type { HandleKey, StoredRecord } from "@handlekit/core/store";
import type { ReadRecord } from "./record-reader.ts";

/** The decoded records that were read more than once lately. */
export interface HotRecords {
  get(key: HandleKey): StoredRecord | undefined;
  /** Is told of a record that was not here and had to be read. */
  add(key: HandleKey, read: ReadRecord): void;
  /** Replaces a record that is here, or removes it. */
  replace(key: HandleKey, read: () => ReadRecord | undefined): void;
  clear(): void;
}

/** The number of keys that are remembered as read once, a power of two. */
const SEEN = 1 << 16;
/** About what a record and a value need beside their data: objects, and the encoded answer that hangs on the record. */
const RECORD_BYTES = 600;
const VALUE_BYTES = 400;

/** A hash of a key (FNV-1a over its UTF-16 units), never 0. */
function hash(key: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) value = Math.imul(value ^ key.charCodeAt(i), 0x01000193);
  return value | 1;
}

function costOf({ record, bytes }: ReadRecord): number {
  return RECORD_BYTES + VALUE_BYTES * record.values.length + 3 * bytes;
}

interface Held {
  readonly record: StoredRecord;
  readonly cost: number;
}

/**
 * Creates a cache of decoded records, bounded by the memory that they need. A record is admitted when it is read for the
 * second time, because with random reads over many records almost none would be read again. Two generations: when the
 * younger one has half of the memory, it becomes the older one, and what was in that is forgotten unless it was read
 * since.
 *
 * @param maxBytes about the memory that is used; 0 for no cache
 */
export function createHotRecords(maxBytes: number): HotRecords {
  const seen = new Int32Array(SEEN);
  let young = new Map<HandleKey, Held>();
  let old = new Map<HandleKey, Held>();
  let youngBytes = 0;

  function put(key: HandleKey, held: Held): void {
    if (youngBytes + held.cost > maxBytes / 2) {
      old = young;
      young = new Map();
      youngBytes = 0;
    }
    young.set(key, held);
    youngBytes += held.cost;
  }

  return {
    get(key) {
      const held = young.get(key);
      if (held !== undefined) return held.record;
      const older = old.get(key);
      if (older === undefined) return undefined;
      old.delete(key);
      put(key, older);
      return older.record;
    },
    add(key, read) {
      const cost = costOf(read);
      if (cost > maxBytes / 2) return;
      const mark = hash(key);
      const at = mark >>> 16;
      if (seen[at] === mark) put(key, { record: read.record, cost });
      else seen[at] = mark;
    },
    replace(key, read) {
      const held = young.get(key);
      if (held === undefined && !old.has(key)) return;
      young.delete(key);
      old.delete(key);
      youngBytes -= held?.cost ?? 0;
      const now = read();
      if (now === undefined) return;
      const cost = costOf(now);
      if (cost <= maxBytes / 2) put(key, { record: now.record, cost });
    },
    clear() {
      young.clear();
      old.clear();
      youngBytes = 0;
    },
  };
}
