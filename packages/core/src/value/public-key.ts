import { createByteReader, createByteWriter } from "../byte-fields.ts";
import { concatBytes, decodeBase64, encodeBase64Url } from "../bytes.ts";
import { checkArgument, checkBytes } from "../check.ts";
import { invalidValue } from "../error.ts";
import type { PublicKeyJwk } from "./value.ts";

const RSA = "RSA_PUB_KEY";
const DSA = "DSA_PUB_KEY";

/** Returns a number without leading zero bytes. */
function withoutZeros(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start < 0 ? bytes.subarray(-1) : bytes.subarray(start);
}

/** Returns the big-endian two's complement of a number of a JSON Web Key. */
function integer(jwk: PublicKeyJwk, member: string, text: unknown): Uint8Array {
  const bytes = typeof text === "string" ? decodeBase64(text) : undefined;
  if (bytes === undefined || bytes.length === 0) {
    throw invalidValue(
      `The member ${JSON.stringify(member)} of the ${jwk.kty} public key is missing or not base64url.`,
      "The numbers of a JSON Web Key are base64url text.",
    );
  }
  const minimal = withoutZeros(bytes);
  return (minimal[0] ?? 0) < 0x80 ? minimal : concatBytes(Uint8Array.of(0), minimal);
}

function unsigned(bytes: Uint8Array): string {
  if (bytes.length === 0) throw invalidValue("The HS_PUBKEY value contains an empty number.");
  return encodeBase64Url(withoutZeros(bytes));
}

/**
 * Returns the bytes of an HS_PUBKEY value (the content of a `pubkey.bin`) for an RSA or DSA key. Four zero bytes follow
 * an RSA key, as Handle.Net writes them, so that decoding and encoding a value does not change it.
 *
 * @throws HandleError `invalid_value` if a number is missing or the key has another type
 * @example
 * ```ts
 * encodePublicKey({ kty: "RSA", n: "r1jJ3K...", e: "AQAB" });
 * ```
 */
export function encodePublicKey(jwk: PublicKeyJwk): Uint8Array<ArrayBuffer> {
  checkArgument("encodePublicKey", "jwk", jwk, ["object"]);
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
  throw invalidValue("An HS_PUBKEY value can only hold an RSA or DSA public key.");
}

/**
 * Decodes an HS_PUBKEY value. Ignores zero bytes after the key.
 *
 * @throws HandleError `invalid_value` if the bytes are not an RSA or DSA key
 * @example
 * ```ts
 * decodePublicKey(value.data); // { kty: "RSA", n: "r1jJ3K...", e: "AQAB" }
 * ```
 */
export function decodePublicKey(bytes: Uint8Array): PublicKeyJwk {
  checkBytes("decodePublicKey", "bytes", bytes);
  const input = createByteReader(bytes, "HS_PUBKEY value");
  const type = input.text();
  input.uint16();
  if (type !== RSA && type !== DSA) {
    throw invalidValue("The HS_PUBKEY value is neither an RSA nor a DSA key.");
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
    throw invalidValue(`The HS_PUBKEY value has ${rest.length} bytes too many.`);
  }
  return jwk;
}
