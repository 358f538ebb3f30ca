import {
  createHotRecords,
  type HandleKey,
  type HotRecords,
  type SizedRecord,
  type StoredRecord,
} from "@handlekit/core/store";
import type { PostgresStatistics } from "../statistics.ts";
import type { RecordReader } from "./record-reader.ts";

/** Reads records, from memory while they are fresh enough. */
export interface CachedReads {
  read(key: HandleKey): Promise<StoredRecord | undefined>;
  /** Is told of a change through this store: what is read from now on is not older. */
  changed(key: HandleKey, record: SizedRecord | undefined): void;
  /** Forgets a record that may have changed. */
  forget(key: HandleKey): void;
  counts(): Pick<PostgresStatistics, "reads" | "cacheHits" | "cacheBytes">;
}

/**
 * Creates the reads.
 *
 * @param cacheBytes about how much memory the records may use
 * @param ttl how long a record may be answered from memory until it is read again, in milliseconds
 * @param now milliseconds from any point in time
 */
export function createCachedReads(
  reader: RecordReader,
  cacheBytes: number,
  ttl: number,
  now: () => number = () => performance.now(),
): CachedReads {
  const hot: HotRecords = createHotRecords(cacheBytes);
  /** When the query began by which a record is known to be the present one. */
  const known = new WeakMap<StoredRecord, number>();
  /** The reads that are on their way and began after the last change of the record. */
  const reads = new Map<HandleKey, Promise<StoredRecord | undefined>>();
  let asked = 0;
  let cacheHits = 0;

  /** Keeps what was read. Returns the record that was in memory before, if it is still the same. */
  function keep(key: HandleKey, read: SizedRecord | undefined, began: number): StoredRecord | undefined {
    const held = hot.get(key);
    const same = held !== undefined && held.revision === read?.record.revision;
    const record = same ? held : read?.record;
    if (record !== undefined) known.set(record, began);
    if (same) return record;
    if (held !== undefined) hot.replace(key, () => read);
    else if (read !== undefined) hot.add(key, read);
    return record;
  }

  function start(key: HandleKey): Promise<StoredRecord | undefined> {
    const began = now();
    const reading = reader.read(key).then(
      (read) => {
        // After a change this may be the record before it, which only those get who asked before.
        if (reads.get(key) !== reading) return read?.record;
        reads.delete(key);
        return keep(key, read, began);
      },
      (error: unknown) => {
        if (reads.get(key) === reading) reads.delete(key);
        throw error;
      },
    );
    reads.set(key, reading);
    return reading;
  }

  function change(key: HandleKey, record: SizedRecord | undefined): void {
    reads.delete(key);
    hot.replace(key, () => record);
  }

  return {
    async read(key) {
      asked++;
      const held = hot.get(key);
      if (held !== undefined && now() - (known.get(held) ?? Number.NEGATIVE_INFINITY) < ttl) {
        cacheHits++;
        return held;
      }
      return reads.get(key) ?? start(key);
    },
    changed(key, record) {
      if (record !== undefined) known.set(record.record, now());
      change(key, record);
    },
    forget: (key) => change(key, undefined),
    counts: () => ({ reads: asked, cacheHits, cacheBytes: hot.bytes }),
  };
}
