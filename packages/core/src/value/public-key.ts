import { createByteReader, createByteWriter, decodeBase64, encodeBase64Url } from "../bytes.ts";
import { HandleError } from "../error.ts";
import type { PublicKeyJwk } from "./value.ts";

const RSA = "RSA_PUB_KEY";
const DSA = "DSA_PUB_KEY";

function integer(jwk: PublicKeyJwk, member: string, text: unknown): Uint8Array {
  const bytes = typeof text === "string" ? decodeBase64(text) : undefined;
  if (bytes === undefined || bytes.length === 0) {
    throw new HandleError("invalid_value", {
      message: `The ${jwk.kty} public key has no usable ${JSON.stringify(member)}.`,
      hint: "A JSON Web Key writes its numbers as base64url text.",
    });
  }
  const start = bytes.findIndex((byte) => byte !== 0);
  const minimal = start < 0 ? bytes.subarray(-1) : bytes.subarray(start);
  if ((minimal[0] ?? 0) < 0x80) return minimal;
  const signed = new Uint8Array(minimal.length + 1);
  signed.set(minimal, 1);
  return signed;
}

function unsigned(bytes: Uint8Array): string {
  if (bytes.length === 0) {
    throw new HandleError("invalid_value", { message: "The HS_PUBKEY value has a number without bytes." });
  }
  const start = bytes.findIndex((byte) => byte !== 0);
  return encodeBase64Url(start < 0 ? bytes.subarray(-1) : bytes.subarray(start));
}

/**
 * The bytes of an HS_PUBKEY value (the content of a `pubkey.bin`) for an RSA or DSA key. Four zero bytes follow an RSA
 * key, as Handle.Net writes them, so that a value read and written again stays the same.
 *
 * @throws HandleError `invalid_value` when a number is missing or the key type is another
 * @example
 * ```ts
 * encodePublicKey({ kty: "RSA", n: "r1jJ3K...", e: "AQAB" });
 * ```
 */
export function encodePublicKey(jwk: PublicKeyJwk): Uint8Array<ArrayBuffer> {
  const out = createByteWriter();
  if (jwk.kty === "RSA") {
    out.bytes(RSA).uint16(0);
    return out
      .bytes(integer(jwk, "e", jwk.e))
      .bytes(integer(jwk, "n", jwk.n))
      .int32(0)
      .finish();
  }
  if (jwk.kty === "DSA") {
    out
      .bytes(DSA)
      .uint16(0)
      .bytes(integer(jwk, "q", jwk.q))
      .bytes(integer(jwk, "p", jwk.p));
    return out
      .bytes(integer(jwk, "g", jwk.g))
      .bytes(integer(jwk, "y", jwk.y))
      .finish();
  }
  throw new HandleError("invalid_value", { message: "Only RSA and DSA public keys can stand in HS_PUBKEY." });
}

/**
 * Reads an HS_PUBKEY value; zero bytes after the key are passed over.
 *
 * @throws HandleError `invalid_value` when the bytes are not an RSA or DSA key
 * @example
 * ```ts
 * decodePublicKey(value.data); // { kty: "RSA", n: "r1jJ3K...", e: "AQAB" }
 * ```
 */
export function decodePublicKey(bytes: Uint8Array): PublicKeyJwk {
  const input = createByteReader(bytes, "HS_PUBKEY value");
  const type = input.text();
  input.uint16();
  if (type !== RSA && type !== DSA) {
    throw new HandleError("invalid_value", {
      message: "The HS_PUBKEY value is neither an RSA nor a DSA key.",
    });
  }
  const next = () => unsigned(input.bytes());
  let jwk: PublicKeyJwk;
  if (type === RSA) {
    const [e, n] = [next(), next()];
    jwk = { kty: "RSA", n, e };
  } else {
    const [q, p, g, y] = [next(), next(), next(), next()];
    jwk = { kty: "DSA", y, p, q, g };
  }
  const rest = input.take(input.remaining);
  if (rest.some((byte) => byte !== 0)) {
    throw new HandleError("invalid_value", {
      message: `The HS_PUBKEY value has ${rest.length} bytes too many.`,
    });
  }
  return jwk;
}
