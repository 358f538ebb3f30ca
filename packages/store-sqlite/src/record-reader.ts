import { decodeUtf8, encodeUtf8 } from "@handlekit/core";
import { decodeRecord, type HandleKey, type Revision, type StoredRecord } from "@handlekit/core/store";
import type { SqlDriver, SqlValue } from "./driver/driver.ts";

/** Reads committed records and prefixes. */
export interface RecordReader {
  read(key: HandleKey): StoredRecord | undefined;
  list(prefix: string, after: HandleKey | undefined, limit: number): HandleKey[];
  prefixes(): string[];
}

/** SQLite compares texts by their UTF-8 bytes, JavaScript by UTF-16 units: these differ above U+FFFF. */
export function laterInBytes(a: string, b: string): string {
  const [x, y] = [encodeUtf8(a), encodeUtf8(b)];
  const at = x.findIndex((byte, i) => byte !== y[i]);
  return at >= 0 && (x[at] ?? 0) > (y[at] ?? -1) ? a : b;
}

// Texts are read as bytes: some drivers cut a text off at its first U+0000.
export function textOf(value: SqlValue | undefined): string {
  return (value instanceof Uint8Array ? decodeUtf8(value) : undefined) ?? "";
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
      return { values: decodeRecord(record), revision: String(revision) as Revision };
    },
    list(prefix, after, limit) {
      if (!(limit >= 1)) return [];
      const start = `${prefix}/`;
      // "0" is the character after "/", and there is no text between a key and the same key followed by U+0000.
      const from = after === undefined ? start : laterInBytes(start, `${after}\0`);
      const rows = range.all([from, `${prefix}0`, Math.min(Math.floor(limit), Number.MAX_SAFE_INTEGER)]);
      return rows.map(([key]) => textOf(key) as HandleKey);
    },
    prefixes: () => homed.all([]).map(([prefix]) => textOf(prefix)),
  };
}
