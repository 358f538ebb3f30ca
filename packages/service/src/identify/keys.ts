import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { signedBytes } from "@handlekit/auth/wire";
import {
  checkArgument,
  decodeBase64,
  decodePublicKey,
  decodeSite,
  HandleError,
  isHandleError,
  type PublicKeyJwk,
  type Secret,
} from "@handlekit/core";

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function integer(text: string): Buffer {
  const bytes = decodeBase64(text) ?? new Uint8Array();
  return der(0x02, (bytes[0] ?? 0) >= 0x80 ? Uint8Array.of(0, ...bytes) : bytes);
}

const DSA_OID = Buffer.from("06072a8648ce380401", "hex");

/** Imports a public key. Node cannot import DSA keys as JWK, so they are encoded as SubjectPublicKeyInfo here. */
function importJwk(jwk: PublicKeyJwk): KeyObject {
  if (jwk.kty === "RSA") return createPublicKey({ key: { ...jwk }, format: "jwk" });
  const parameters = der(0x30, integer(jwk.p), integer(jwk.q), integer(jwk.g));
  const spki = der(0x30, der(0x30, DSA_OID, parameters), der(0x03, Uint8Array.of(0), integer(jwk.y)));
  return createPublicKey({ key: spki, format: "der", type: "spki" });
}

/** Returns the keys of the servers in an HS_SITE value. */
export function readSiteKeys(data: Uint8Array): readonly KeyObject[] {
  try {
    return decodeSite(data).servers.flatMap(({ publicKey }) =>
      publicKey?.format === "key" ? [importJwk(publicKey.value)] : [],
    );
  } catch (error) {
    if (isHandleError(error) && error.code !== "invalid_value") throw error;
    return [];
  }
}

/** Returns the key in an HS_PUBKEY value, or undefined if it is malformed. */
export function readPublicKey(data: Uint8Array): KeyObject | undefined {
  try {
    return importJwk(decodePublicKey(data));
  } catch (error) {
    if (isHandleError(error) && error.code !== "invalid_value") throw error;
    return undefined;
  }
}

/** The server's key pair, with which it proves that it has the key in its HS_SITE value. */
export interface ServerKey {
  readonly publicKey: PublicKeyJwk;
  /** Signs nonce and cnonce with SHA-256. */
  prove(nonce: Uint8Array, cnonce: Uint8Array): Promise<Uint8Array>;
}

/**
 * Reads the server's private key.
 *
 * @throws HandleError `invalid_key` if it is not an RSA key in unencrypted PEM
 */
export function readServerKey(pem: Secret): ServerKey {
  checkArgument("createHandleService", "the method reveal of the option serverKey", pem.reveal, ["function"]);
  let key: KeyObject;
  let jwk: JsonWebKey;
  try {
    key = createPrivateKey(Buffer.from(pem.reveal()));
    jwk = createPublicKey(key).export({ format: "jwk" });
  } catch {
    throw new HandleError("invalid_key", {
      message: "The server's private key, the option serverKey, cannot be read.",
      hint: "It must be unencrypted PEM.",
    });
  }
  const { kty, n, e } = jwk;
  if (kty !== "RSA" || n === undefined || e === undefined) {
    throw new HandleError("invalid_key", {
      message: "The server's private key, the option serverKey, is not an RSA key.",
      hint: "HS_SITE can only publish an RSA key. Leave the option out to have no proof.",
    });
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
