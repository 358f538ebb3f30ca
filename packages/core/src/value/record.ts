import { type ByteReader, type ByteWriter, createByteReader, createByteWriter } from "../bytes.ts";
import { HandleError } from "../error.ts";
import type { StoredValue } from "./value.ts";

const FORMAT = 1;

function writeValue(out: ByteWriter, value: StoredValue): void {
  out.int32(value.index).int32(value.timestamp);
  out.uint8(value.ttlType === "absolute" ? 1 : 0).int32(value.ttl);
  out.uint8(value.permissions).bytes(value.type).bytes(value.data).int32(value.references.length);
  for (const reference of value.references) out.bytes(reference.handle).int32(reference.index);
}

function readValue(input: ByteReader): StoredValue {
  const index = input.int32();
  const timestamp = input.int32() >>> 0;
  const ttlType = input.uint8() === 1 ? "absolute" : "relative";
  const ttl = ttlType === "absolute" ? input.int32() >>> 0 : input.int32();
  const permissions = input.uint8();
  const type = input.text();
  const data = input.bytes();
  const references = Array.from({ length: readCount(input) }, () => ({
    handle: input.text(),
    index: input.int32(),
  }));
  return { index, type, data, ttlType, ttl, permissions, timestamp, references };
}

function readCount(input: ByteReader): number {
  const count = input.int32();
  if (count < 0 || count * 8 > input.remaining) {
    throw new HandleError("invalid_value", {
      message: `The record counts ${count} references, more than it holds.`,
    });
  }
  return count;
}

/**
 * The bytes of a record for a store: one format byte, then each value as the Handle protocol encodes it.
 * Times are unsigned, so that they reach 2106.
 *
 * @example
 * ```ts
 * decodeRecord(encodeRecord(values)); // equal to values
 * ```
 * @see RFC 3652 section 3.1, handle value
 */
export function encodeRecord(values: readonly StoredValue[]): Uint8Array<ArrayBuffer> {
  const out = createByteWriter().uint8(FORMAT);
  for (const value of values) writeValue(out, value);
  return out.finish();
}

/**
 * The values of an encoded record, in the order they were written; their data are views into `bytes`.
 *
 * @throws HandleError `invalid_value` when the bytes are not such a record
 */
export function decodeRecord(bytes: Uint8Array): StoredValue[] {
  const input = createByteReader(bytes, "record");
  const format = input.uint8();
  if (format !== FORMAT) {
    throw new HandleError("invalid_value", {
      message: `The record is of format ${format}; this version reads format ${FORMAT}.`,
      hint: "A newer version may have written it.",
    });
  }
  const values: StoredValue[] = [];
  while (input.remaining > 0) values.push(readValue(input));
  return values;
}
