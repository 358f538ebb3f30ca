import { concatBytes, encodeHex } from "@handlekit/core";
import { damagedKey } from "./invalid-key.ts";

export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const SEQUENCE = 0x30;

/** The object identifiers of key types, with their tag and length, in hexadecimal. */
export const OID = { RSA: "06092a864886f70d010101", DSA: "06072a8648ce380401" } as const;

/** One element of a DER encoding. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  /** The element with its tag and length. */
  readonly encoded: Uint8Array;
}

/** Encodes one element. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  const size: number[] = [];
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) size.unshift(rest % 256);
  const length = content.length < 0x80 ? [content.length] : [0x80 | size.length, ...size];
  return concatBytes(Uint8Array.of(tag, ...length), content);
}

/** Returns a big-endian number without leading zero bytes, of at least one byte. */
export function withoutZeros(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start < 0 ? Uint8Array.of(0) : bytes.subarray(start);
}

/** Returns the big-endian two's complement of a number that is not negative. */
export function signed(number: Uint8Array): Uint8Array {
  const bytes = withoutZeros(number);
  return (bytes[0] ?? 0) < 0x80 ? bytes : concatBytes(Uint8Array.of(0), bytes);
}

/** Encodes numbers as a SEQUENCE of INTEGER. */
export function derNumbers(...numbers: readonly Uint8Array[]): Uint8Array {
  return der(SEQUENCE, ...numbers.map((number) => der(INTEGER, signed(number))));
}

/**
 * Returns the elements in the content of a constructed element.
 *
 * @throws HandleError `invalid_key` if it is not DER
 */
export function readElements(bytes: Uint8Array): readonly DerElement[] {
  const elements: DerElement[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0x80;
    const more = first < 0x80 ? 0 : first & 0x7f;
    if (first === 0x80 || more > 4) throw damagedKey();
    const start = at + 2 + more;
    const length = more === 0 ? first : bytes.subarray(at + 2, start).reduce((sum, b) => sum * 256 + b, 0);
    const end = start + length;
    if (end > bytes.length) throw damagedKey();
    elements.push({ tag, content: bytes.subarray(start, end), encoded: bytes.subarray(at, end) });
    at = end;
  }
  return elements;
}

/**
 * Returns the content of an element, which must have this tag.
 *
 * @throws HandleError `invalid_key` if it has not
 */
export function contentOf(element: DerElement | undefined, tag: number): Uint8Array {
  if (element?.tag !== tag) throw damagedKey();
  return element.content;
}

/**
 * Returns the elements of a SEQUENCE.
 *
 * @throws HandleError `invalid_key` if it is not a key
 */
export function readSequence(element: DerElement | undefined): readonly DerElement[] {
  return readElements(contentOf(element, SEQUENCE));
}

/** Returns the numbers of a SEQUENCE of INTEGER, big-endian without leading zero bytes. */
export function readNumbers(element: DerElement | undefined): readonly Uint8Array[] {
  return readSequence(element).map((each) => withoutZeros(contentOf(each, INTEGER)));
}

/** Returns the type of a key from the algorithm of its PKCS#8 or SubjectPublicKeyInfo encoding. */
export function keyTypeOf(oid: DerElement | undefined): keyof typeof OID | undefined {
  const text = encodeHex(oid?.encoded ?? new Uint8Array());
  return text === OID.RSA ? "RSA" : text === OID.DSA ? "DSA" : undefined;
}
