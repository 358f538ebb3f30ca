import { HandleError, type PublicKeyJwk } from "@handlekit/core";

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/**
 * Refuses a server that does not prove to have the private half of a key.
 *
 * @param origin the server, for the error
 * @param publicKey an RSA key
 * @param bytes what it was to sign: nonce and cnonce
 * @param signature what it sent; undefined when nothing
 * @throws HandleError `insecure_connection`; `invalid_key` when the public key is not usable
 */
export async function assertServerProof(
  origin: string,
  publicKey: PublicKeyJwk,
  bytes: Uint8Array<ArrayBuffer>,
  signature: Uint8Array | undefined,
): Promise<void> {
  if (!signature) {
    throw new HandleError("insecure_connection", {
      message: `${origin} was asked to prove who it is and sent no signature, so the login was given up.`,
      hint: "Check the address, or leave the check out if this server has no key to sign with.",
    });
  }
  let proven: boolean;
  try {
    const key = await crypto.subtle.importKey("jwk", { ...publicKey }, ALGORITHM, false, ["verify"]);
    proven = await crypto.subtle.verify(ALGORITHM.name, key, new Uint8Array(signature), bytes);
  } catch {
    throw new HandleError("invalid_key", {
      message: `The public key to check ${origin} with is not usable.`,
      hint: "Take it from the server's HS_SITE value, as a JSON Web Key of type RSA.",
    });
  }
  if (proven) return;
  throw new HandleError("insecure_connection", {
    message: `${origin} did not prove to be the server whose public key was given, so the login was given up.`,
    hint: "Check the address and the key: either the server has a new key, or someone stands in between.",
  });
}
