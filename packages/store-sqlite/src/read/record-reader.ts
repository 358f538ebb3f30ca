import { decodeRecord, type HandleKey, type Revision, type SizedRecord } from "@handlekit/core/store";
import type { SqlDriver } from "../driver/driver.ts";
import { keyRange, sqlLimit, textOf } from "./text-of.ts";

/** Reads committed records and prefixes. */
export interface RecordReader {
  read(key: HandleKey): SizedRecord | undefined;
  list(prefix: string, after: HandleKey | undefined, limit: number): HandleKey[];
  prefixes(): string[];
}

/** Prepares the statements that read. */
export function createRecordReader(driver: SqlDriver): RecordReader {
  const one = driver.prepare("SELECT revision, record FROM records WHERE key = ?");
  const range = driver.prepare(
    "SELECT CAST(key AS BLOB) FROM records WHERE key >= ? AND key < ? ORDER BY key LIMIT ?",
  );
  const homed = driver.prepare("SELECT CAST(prefix AS BLOB) FROM prefixes ORDER BY prefix");
  return {
    read(key) {
      const [revision, record] = one.get([key]) ?? [];
      if (!(record instanceof Uint8Array)) return undefined;
      return {
        record: { values: decodeRecord(record), revision: String(revision) as Revision },
        bytes: record.length,
      };
    },
    list(prefix, after, limit) {
      const rows = range.all([...keyRange(prefix, after), sqlLimit(limit)]);
      return rows.map(([key]) => textOf(key) as HandleKey);
    },
    prefixes: () => homed.all([]).map(([prefix]) => textOf(prefix)),
  };
}
