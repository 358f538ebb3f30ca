import { decodeUtf8, encodeUtf8 } from "./bytes.ts";
import { checkBytes, checkText } from "./check.ts";
import { invalidValue } from "./error.ts";

/** Reads the big-endian fields of the Handle protocol. Reading past the end throws a HandleError `invalid_value`. */
export interface ByteReader {
  /** The number of bytes that have not been read yet. */
  readonly remaining: number;
  uint8(): number;
  uint16(): number;
  int32(): number;
  /** Reads a 4-byte length and that many bytes. Returns a view. */
  bytes(): Uint8Array;
  /** Reads a 4-byte length and that many bytes of UTF-8 text. Throws if they are not UTF-8. */
  text(): string;
  /** Reads the next `length` bytes. Returns a view. */
  take(length: number): Uint8Array;
}

// A class: an object with a getter of its own takes longer to make than a record of four values to read.
class Reader implements ByteReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Returns where the next `length` bytes begin, and passes them. */
  #advance(length: number): number {
    const start = this.#at;
    if (length < 0 || length > this.#bytes.length - start) {
      throw invalidValue(
        `The ${this.#what} is truncated: ${length} bytes were expected at byte ${start} of ${this.#bytes.length}.`,
      );
    }
    this.#at = start + length;
    return start;
  }

  get remaining() {
    return this.#bytes.length - this.#at;
  }

  uint8() {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16() {
    return this.#view.getUint16(this.#advance(2));
  }

  int32() {
    return this.#view.getInt32(this.#advance(4));
  }

  take(length: number) {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  bytes() {
    return this.take(this.int32());
  }

  text() {
    const text = decodeUtf8(this.bytes());
    if (text === undefined) throw invalidValue(`The ${this.#what} contains text that is not UTF-8.`);
    return text;
  }
}

/**
 * Creates a reader of the Handle protocol's binary encoding.
 *
 * @param bytes the bytes to read; they are not copied
 * @param what the name of the bytes in error messages, such as "HS_ADMIN value"
 * @example
 * ```ts
 * const input = createByteReader(new Uint8Array([0, 0, 0, 1, 65]), "greeting");
 * input.text(); // "A"
 * ```
 */
export function createByteReader(bytes: Uint8Array, what: string): ByteReader {
  checkBytes("createByteReader", "bytes", bytes);
  checkText("createByteReader", "what", what);
  return new Reader(bytes, what);
}

/** Writes the big-endian fields of the Handle protocol. A number that does not fit its field is truncated. */
export interface ByteWriter {
  uint8(value: number): ByteWriter;
  uint16(value: number): ByteWriter;
  int32(value: number): ByteWriter;
  /** Writes a 4-byte length and the bytes. Text is encoded as UTF-8. */
  bytes(value: Uint8Array | string): ByteWriter;
  /** Writes the bytes without a length. */
  raw(value: Uint8Array): ByteWriter;
  /** Returns a copy of everything that was written. */
  finish(): Uint8Array<ArrayBuffer>;
}

/** A text up to this length is written faster by hand than by TextEncoder. */
const SHORT_TEXT = 64;

class Writer implements ByteWriter {
  #buffer: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(capacity: number) {
    this.#buffer = new Uint8Array(capacity);
  }

  /** Makes room for some bytes, and returns where they begin. */
  #reserve(length: number): number {
    const start = this.#at;
    const end = start + length;
    if (end > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(this.#buffer.length * 2, end));
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    this.#at = end;
    return start;
  }

  /** Writes a short text of ASCII with its count, as most types and handles are. Writes nothing and returns false for others. */
  #asciiText(text: string): boolean {
    const { length } = text;
    if (length > SHORT_TEXT) return false;
    const start = this.#at;
    this.int32(length);
    const at = this.#reserve(length);
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) {
        this.#at = start;
        return false;
      }
      this.#buffer[at + i] = unit;
    }
    return true;
  }

  uint8(value: number) {
    const at = this.#reserve(1);
    this.#buffer[at] = value;
    return this;
  }

  uint16(value: number) {
    const at = this.#reserve(2);
    this.#buffer[at] = value >>> 8;
    this.#buffer[at + 1] = value;
    return this;
  }

  // Without a DataView, for which V8 would move short arrays out of its heap.
  int32(value: number) {
    const at = this.#reserve(4);
    this.#buffer[at] = value >>> 24;
    this.#buffer[at + 1] = value >>> 16;
    this.#buffer[at + 2] = value >>> 8;
    this.#buffer[at + 3] = value;
    return this;
  }

  bytes(value: Uint8Array | string) {
    if (typeof value === "string" && this.#asciiText(value)) return this;
    const bytes = typeof value === "string" ? encodeUtf8(value) : value;
    checkBytes("ByteWriter", "value", bytes);
    return this.int32(bytes.length).raw(bytes);
  }

  raw(value: Uint8Array) {
    checkBytes("ByteWriter", "value", value);
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
    return this;
  }

  finish() {
    return this.#buffer.slice(0, this.#at);
  }
}

/**
 * Creates an empty writer, which grows as needed.
 *
 * @param capacity the number of bytes for which it has room at first. Default 64
 * @example
 * ```ts
 * createByteWriter().uint16(0xfff).bytes("0.NA/TEST").int32(200).finish();
 * ```
 */
export function createByteWriter(capacity = 64): ByteWriter {
  return new Writer(capacity);
}
