import { HandleError, type PublicKeyJwk } from "@handlekit/core";

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/**
 * Throws unless the server has proved that it has the private key of a public key.
 *
 * @param origin the server, for the error
 * @param publicKey an RSA key
 * @param bytes the bytes that it should have signed: nonce and cnonce
 * @param signature its signature; undefined if it sent none
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
      message: `${origin} sent no signature to prove its identity, so the login was stopped.`,
      hint: "Check the address, or leave out verifyServer if this server has no key to sign with.",
    });
  }
  let verified: boolean;
  try {
    const key = await crypto.subtle.importKey("jwk", { ...publicKey }, ALGORITHM, false, ["verify"]);
    verified = await crypto.subtle.verify(ALGORITHM.name, key, new Uint8Array(signature), bytes);
  } catch {
    throw new HandleError("invalid_key", {
      message: `The public key to verify ${origin} with cannot be used.`,
      hint: "Take it from the server's HS_SITE value, as a JSON Web Key of type RSA.",
    });
  }
  if (verified) return;
  throw new HandleError("insecure_connection", {
    message: `${origin} did not prove that it is the server whose public key was given, so the login was stopped.`,
    hint: "Check the address and the key: either the server has a new key, or someone intercepts the connection.",
  });
}
