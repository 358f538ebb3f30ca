import { concatBytes } from "@handlekit/core";

/**
 * The bytes that client and server sign: the server's nonce, then the client's.
 *
 * @param nonce from the server's challenge, 16 bytes
 * @param cnonce the client's own, of any length
 * @example
 * ```ts
 * const signature = await signer.sign(signedBytes(nonce, cnonce));
 * ```
 */
export function signedBytes(nonce: Uint8Array, cnonce: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes(nonce, cnonce);
}
