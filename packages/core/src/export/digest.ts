import { concatBytes, encodeUtf8 } from "../bytes.ts";
import { checkText } from "../check.ts";
import { encodeRecord } from "../value/record.ts";
import type { ExportRecord } from "./record.ts";

/** Computes SHA-256. May return the digest itself, which is faster than a promise for small records. */
export type Sha256 = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array | Promise<Uint8Array>;

/** SHA-256 by WebCrypto. */
export const webSha256: Sha256 = async (bytes) =>
  new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", bytes));

/**
 * Returns the SHA-256 digest of a record in the canonical form of an export: the key, as 4-byte length and UTF-8, then
 * the record as `encodeRecord` of `@handlekit/core/store` encodes it.
 *
 * @param sha256 default WebCrypto
 * @example
 * ```ts
 * await digestRecord({ handle: handleKey("20.500.12345/abc"), values });
 * ```
 */
export function digestRecord(
  { handle, values }: ExportRecord,
  sha256: Sha256 = webSha256,
): Uint8Array | Promise<Uint8Array> {
  checkText("digestRecord", "handle", handle);
  const key = encodeUtf8(handle);
  const record = encodeRecord(values);
  const bytes = new Uint8Array(4 + key.length + record.length);
  new DataView(bytes.buffer).setInt32(0, key.length);
  bytes.set(key, 4);
  bytes.set(record, 4 + key.length);
  return sha256(bytes);
}

/** The start of the chain of digests. */
export const CHAIN_START: Uint8Array = new Uint8Array(32);

/** Returns the digest over all record digests so far and the next one. */
export function chainDigest(
  chain: Uint8Array,
  digest: Uint8Array,
  sha256: Sha256,
): Uint8Array | Promise<Uint8Array> {
  return sha256(concatBytes(chain, digest));
}

/** Returns the digest of a manifest: over the chain at its end, and over what else the export says of itself. */
export function manifestDigest(
  chain: Uint8Array,
  about: { readonly selected: readonly string[] | undefined; readonly prefixes: readonly string[] },
  sha256: Sha256,
): Uint8Array | Promise<Uint8Array> {
  const { selected = null, prefixes } = about;
  return sha256(concatBytes(chain, encodeUtf8(JSON.stringify([selected, prefixes]))));
}
