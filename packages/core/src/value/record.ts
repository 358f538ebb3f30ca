import { type ByteReader, type ByteWriter, createByteReader, createByteWriter } from "../byte-fields.ts";
import { checkArgument, checkBytes } from "../check.ts";
import { invalidValue } from "../error.ts";
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
  const references = [];
  for (let count = readCount(input); count > 0; count--) {
    references.push({ handle: input.text(), index: input.int32() });
  }
  return { index, type, data, ttlType, ttl, permissions, timestamp, references };
}

function readCount(input: ByteReader): number {
  const count = input.int32();
  if (count < 0 || count * 8 > input.remaining) {
    throw invalidValue(`A value of the record has a count of ${count} references, but not that many bytes.`);
  }
  return count;
}

/** About the number of bytes of an encoded value, without its references: more if the type is ASCII, as most are. */
const sizeOf = ({ type, data }: StoredValue): number => 32 + (type?.length ?? 0) + (data?.length ?? 0);

/**
 * Encodes a record for a store: one format byte, then each value as in the Handle protocol. Times are unsigned, so that
 * they reach the year 2106.
 *
 * @example
 * ```ts
 * decodeRecord(encodeRecord(values)); // equal to values
 * ```
 * @see RFC 3652 section 3.1, handle value
 */
export function encodeRecord(values: readonly StoredValue[]): Uint8Array<ArrayBuffer> {
  checkArgument("encodeRecord", "values", values, ["array"]);
  const out = createByteWriter(values.reduce((size, value) => size + sizeOf(value), 1)).uint8(FORMAT);
  for (const value of values) writeValue(out, value);
  return out.finish();
}

/**
 * Decodes a record that {@link encodeRecord} encoded. The data of the values are views of `bytes`.
 *
 * @throws HandleError `invalid_value` if the bytes are not an encoded record
 */
export function decodeRecord(bytes: Uint8Array): StoredValue[] {
  checkBytes("decodeRecord", "bytes", bytes);
  const input = createByteReader(bytes, "record");
  const format = input.uint8();
  if (format !== FORMAT) {
    throw invalidValue(
      `The record has format ${format}; this version reads format ${FORMAT}.`,
      "A newer version may have written it. Install that version.",
    );
  }
  const values: StoredValue[] = [];
  while (input.remaining > 0) values.push(readValue(input));
  return values;
}
