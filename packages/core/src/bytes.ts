import { checkBytes, checkText } from "./check.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
/** Fewer bytes than this are decoded without an exception, which costs 3 to 10 us. For more, encoding the text again costs more. */
const SHORT = 1024;

/** Returns the UTF-8 bytes of a text. A lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  checkText("encodeUtf8", "text", text);
  return encoder.encode(text);
}

/** Returns the text of UTF-8 bytes, or undefined if they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  checkBytes("decodeUtf8", "bytes", bytes);
  if (bytes.length < SHORT) {
    const text = lenient.decode(bytes);
    // U+FFFD stands for bytes that are not UTF-8, unless it was written itself.
    return text.includes("\uFFFD") && !sameBytes(encoder.encode(text), bytes) ? undefined : text;
  }
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Returns true if both contain the same bytes. Not for secrets: it stops at the first difference. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  checkBytes("sameBytes", "a", a);
  checkBytes("sameBytes", "b", b);
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * Returns the bytes of all parts, one after the other.
 *
 * @example
 * ```ts
 * concatBytes(encodeUtf8("user:"), password.reveal());
 * ```
 */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  for (const part of parts) checkBytes("concatBytes", "a part", part);
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** The number of bytes that are passed as arguments of one call. */
const CHUNK = 4096;
const VALUES: Readonly<Record<string, number>> = Object.fromEntries([
  ...[...ALPHABET].map((c, i) => [c, i] as const),
  ["-", 62],
  ["_", 63],
]);

/**
 * Encodes bytes as standard base64 with padding.
 *
 * @example
 * ```ts
 * encodeBase64(encodeUtf8("hello")); // "aGVsbG8="
 * ```
 * @see RFC 4648 section 4
 */
export function encodeBase64(bytes: Uint8Array): string {
  checkBytes("encodeBase64", "bytes", bytes);
  let latin1 = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    latin1 += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(latin1);
}

/**
 * Encodes bytes as base64url without padding, the encoding of JSON Web Keys.
 *
 * @see RFC 4648 section 5
 */
export function encodeBase64Url(bytes: Uint8Array): string {
  checkBytes("encodeBase64Url", "bytes", bytes);
  return encodeBase64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/**
 * Decodes base64 or base64url. Ignores white space and padding.
 *
 * @returns the bytes, or undefined if the text is neither
 * @example
 * ```ts
 * decodeBase64("aGVs\nbG8"); // the bytes of "hello"
 * decodeBase64("!"); // undefined
 * ```
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  checkText("decodeBase64", "text", text);
  const padded = text.replace(/\s+/g, "");
  let end = padded.length;
  while (padded[end - 1] === "=") end--;
  const clean = padded.slice(0, end);
  if (clean.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((clean.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const character of clean) {
    const value = VALUES[character];
    if (value === undefined) return undefined;
    held = (held << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
      held &= (1 << bits) - 1;
    }
  }
  return bytes;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Encodes bytes as lower-case hexadecimal. */
export function encodeHex(bytes: Uint8Array): string {
  checkBytes("encodeHex", "bytes", bytes);
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Decodes hexadecimal text in upper or lower case. Returns undefined if it is not hexadecimal. */
export function decodeHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  checkText("decodeHex", "text", text);
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(i * 2, i * 2 + 2), 16),
  );
}
