import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { signedBytes } from "@handlekit/auth/wire";
import { HandleError, type PublicKeyJwk, type Secret } from "@handlekit/core";

/** The server's own key pair: it proves that the server is the one whose key HS_SITE publishes. */
export interface ServerKey {
  readonly publicKey: PublicKeyJwk;
  /** Signs nonce and cnonce, SHA-256. */
  prove(nonce: Uint8Array, cnonce: Uint8Array): Promise<Uint8Array>;
}

/**
 * Reads the server's private key.
 *
 * @throws HandleError `invalid_key` when it is not an unencrypted PEM RSA key
 */
export function readServerKey(pem: Secret): ServerKey {
  let key: KeyObject;
  let jwk: JsonWebKey;
  try {
    key = createPrivateKey(Buffer.from(pem.reveal()));
    jwk = createPublicKey(key).export({ format: "jwk" });
  } catch {
    throw new HandleError("invalid_key", { message: "The server's private key cannot be read." });
  }
  const { kty, n, e } = jwk;
  if (kty !== "RSA" || n === undefined || e === undefined) {
    throw new HandleError("invalid_key", { message: "The server's private key is not an RSA key." });
  }
  return {
    publicKey: { kty, n, e },
    prove: (nonce, cnonce) =>
      new Promise((resolve, reject) => {
        sign("sha256", signedBytes(nonce, cnonce), key, (error, signature) =>
          error ? reject(error) : resolve(signature),
        );
      }),
  };
}
