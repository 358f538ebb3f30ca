import { checkArgument, concatBytes } from "@handlekit/core";

/**
 * Returns the bytes that client and server sign: the server's nonce, then the client's.
 *
 * @param nonce from the server's challenge, 16 bytes
 * @param cnonce the client's own, of any length
 * @example
 * ```ts
 * const signature = await signer.sign(signedBytes(nonce, cnonce));
 * ```
 */
export function signedBytes(nonce: Uint8Array, cnonce: Uint8Array): Uint8Array<ArrayBuffer> {
  checkArgument("signedBytes", "nonce", nonce, ["bytes"]);
  checkArgument("signedBytes", "cnonce", cnonce, ["bytes"]);
  return concatBytes(nonce, cnonce);
}
