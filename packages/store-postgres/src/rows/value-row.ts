import { decodeUtf8, encodeUtf8 } from "@handlekit/core";
import type { HandleKey, StoredValue } from "@handlekit/core/store";
import { decodeReferences, encodeReferences } from "./references.ts";

/** The columns of a value in the table `handles`, in the order of {@link ValueRow}. */
export const COLUMNS =
  "handle, idx, type, data, ttl_type, ttl, timestamp, refs, admin_read, admin_write, pub_read, pub_write";

/** One row of the table `handles`. Handle.Net allows nulls in all columns but the first two. */
export type ValueRow = readonly [
  handle: Uint8Array,
  idx: number,
  type: Uint8Array | null,
  data: Uint8Array | null,
  ttlType: number | null,
  ttl: number | null,
  timestamp: number | null,
  refs: string | null,
  adminRead: boolean | null,
  adminWrite: boolean | null,
  pubRead: boolean | null,
  pubWrite: boolean | null,
];

const BITS = [8, 4, 2, 1] as const;

/** Text as PostgreSQL stores it in a column of type bytea. */
export const bytesOf = (text: string): Buffer => Buffer.from(encodeUtf8(text));

/** The text of a column of type bytea. Bytes that are not UTF-8 are shown as U+FFFD, as they are in a response. */
export function textOf(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? Buffer.from(bytes).toString("utf8");
}

/** Makes a value of a row. */
export function valueOfRow(row: ValueRow): StoredValue {
  const [, index, type, data, ttlType, ttl, timestamp, refs, ...flags] = row;
  const isAbsolute = ttlType === 1;
  return {
    index,
    type: type === null ? "" : textOf(type),
    // A copy: the bytes of a row are a part of a larger buffer, which a record in memory would keep.
    data: data === null ? new Uint8Array() : new Uint8Array(data),
    ttlType: isAbsolute ? "absolute" : "relative",
    // Times are kept in signed columns, and are unsigned beyond 2038.
    ttl: isAbsolute ? (ttl ?? 0) >>> 0 : (ttl ?? 0),
    permissions: flags.reduce<number>((bits, flag, i) => (flag ? bits | (BITS[i] ?? 0) : bits), 0),
    timestamp: (timestamp ?? 0) >>> 0,
    references: decodeReferences(refs),
  };
}

/** Makes the row of a value. */
export function rowOf(key: HandleKey, value: StoredValue): ValueRow {
  const has = (bit: number) => (value.permissions & bit) !== 0;
  return [
    bytesOf(key),
    value.index,
    bytesOf(value.type),
    Buffer.from(value.data.buffer, value.data.byteOffset, value.data.byteLength),
    value.ttlType === "absolute" ? 1 : 0,
    value.ttl | 0,
    value.timestamp | 0,
    encodeReferences(value.references),
    has(8),
    has(4),
    has(2),
    has(1),
  ];
}
