import { decodeHex, encodeHex } from "./bytes.ts";
import { checkBytes, checkText } from "./check.ts";

/**
 * The server that is trusted, named by its own certificate or key instead of by a certificate authority. Exactly one
 * member.
 */
export type ServerTrust =
  /** PEM text of the server's certificate. */
  | { readonly certificate: string }
  /** The public key of the server's certificate: PEM text, or the base64 of an HS_PUBKEY value or of the key in HS_SITE. */
  | { readonly publicKey: string }
  /** SHA-256 of the server's certificate, such as `sha256:` and 64 hexadecimal digits; see {@link parseFingerprint}. */
  | { readonly fingerprint: string };

const FINGERPRINT = /^(?:sha256:)?([0-9a-f]{64}|[0-9a-f]{2}(?::[0-9a-f]{2}){31})$/i;

/**
 * Reads the SHA-256 fingerprint of a certificate: 32 bytes in hexadecimal, with or without a colon after each, and with
 * or without `sha256:` before them, in any letter case.
 *
 * @returns the 32 bytes, or undefined if the text is not a fingerprint
 * @example
 * ```ts
 * parseFingerprint("sha256:3f9a0c..."); // the bytes
 * parseFingerprint("SHA256:3F:9A:0C:..."); // the same
 * ```
 */
export function parseFingerprint(text: string): Uint8Array<ArrayBuffer> | undefined {
  checkText("parseFingerprint", "text", text);
  const digits = FINGERPRINT.exec(text)?.[1];
  return digits === undefined ? undefined : decodeHex(digits.replaceAll(":", ""));
}

/**
 * Returns a SHA-256 digest as OpenSSL shows it, with `sha256:` before it.
 *
 * @example
 * ```ts
 * formatFingerprint(digest); // "sha256:3F:9A:0C:..."
 * ```
 */
export function formatFingerprint(digest: Uint8Array): string {
  checkBytes("formatFingerprint", "digest", digest);
  const pairs = encodeHex(digest).toUpperCase().match(/../g) ?? [];
  return `sha256:${pairs.join(":")}`;
}
