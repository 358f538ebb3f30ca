import { decodeUtf8, encodeUtf8 } from "@handlekit/core";
import type { SqlValue } from "../driver/driver.ts";

/** The text of a column. It is best read as bytes: some drivers cut a text off at its first U+0000. */
export function textOf(value: SqlValue | undefined): string {
  if (typeof value === "string") return value;
  return (value instanceof Uint8Array ? decodeUtf8(value) : undefined) ?? "";
}

/** SQLite compares texts by their UTF-8 bytes, JavaScript by UTF-16 units: these differ above U+FFFF. */
export function laterInBytes(a: string, b: string): string {
  const [x, y] = [encodeUtf8(a), encodeUtf8(b)];
  const at = x.findIndex((byte, i) => byte !== y[i]);
  return at >= 0 && (x[at] ?? 0) > (y[at] ?? -1) ? a : b;
}

/** The range of the keys under a prefix that are greater than `after`: from the first to before the last. */
export function keyRange(prefix: string, after: string | undefined): readonly [from: string, to: string] {
  const start = `${prefix}/`;
  // "0" is the character after "/", and there is no text between a key and the same key followed by U+0000.
  return [after === undefined ? start : laterInBytes(start, `${after}\0`), `${prefix}0`];
}

/** A limit as SQLite takes it; 0 for one below 1. */
export function sqlLimit(limit: number): number {
  return limit >= 1 ? Math.min(Math.floor(limit), Number.MAX_SAFE_INTEGER) : 0;
}
