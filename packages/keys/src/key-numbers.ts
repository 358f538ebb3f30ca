import { decodeBase64, encodeBase64Url, type PublicKeyJwk } from "@handlekit/core";
import {
  BIT_STRING,
  contentOf,
  der,
  derNumbers,
  INTEGER,
  keyTypeOf,
  OCTET_STRING,
  OID,
  readElements,
  readNumbers,
  readSequence,
  SEQUENCE,
  signed,
  withoutZeros,
} from "./der.ts";
import { damagedKey, unsupportedKey } from "./invalid-key.ts";

/** The numbers of a private key, each big-endian without leading zero bytes. */
export type PrivateNumbers =
  | {
      readonly type: "RSA";
      /** n, e, d, p, q, dP, dQ, qInv. */
      readonly numbers: readonly Uint8Array[];
    }
  | {
      readonly type: "DSA";
      /** x, p, q, g. */
      readonly numbers: readonly Uint8Array[];
    };

const NULL = Uint8Array.of(0x05, 0x00);
const VERSION = Uint8Array.of(0);

function algorithm(type: keyof typeof OID, parameters: Uint8Array): Uint8Array {
  return der(SEQUENCE, Buffer.from(OID[type], "hex"), parameters);
}

function pick(numbers: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  if (numbers.length !== count) throw damagedKey();
  return numbers;
}

/** Encodes the numbers of a private key as PKCS#8. */
export function encodePkcs8({ type, numbers }: PrivateNumbers): Uint8Array {
  const version = der(INTEGER, VERSION);
  if (type === "RSA") {
    const key = derNumbers(VERSION, ...numbers);
    return der(SEQUENCE, version, algorithm(type, NULL), der(OCTET_STRING, key));
  }
  const [x = VERSION, ...parameters] = numbers;
  const key = der(INTEGER, signed(x));
  return der(SEQUENCE, version, algorithm(type, derNumbers(...parameters)), der(OCTET_STRING, key));
}

/**
 * Decodes the PKCS#8 encoding of a private key.
 *
 * @throws HandleError `invalid_key` if it is neither an RSA nor a DSA key
 */
export function decodePkcs8(bytes: Uint8Array): PrivateNumbers {
  const [, algorithm, key] = readSequence(readElements(bytes)[0]);
  const [oid, parameters] = readSequence(algorithm);
  const type = keyTypeOf(oid);
  const content = readElements(contentOf(key, OCTET_STRING))[0];
  if (type === "RSA") return { type, numbers: pick(readNumbers(content).slice(1), 8) };
  if (type !== "DSA") throw unsupportedKey("another than these");
  const x = withoutZeros(contentOf(content, INTEGER));
  return { type, numbers: [x, ...pick(readNumbers(parameters), 3)] };
}

/** Encodes a public key as SubjectPublicKeyInfo. */
export function encodeSpki(jwk: PublicKeyJwk): Uint8Array {
  const [a, b, ...rest] = (jwk.kty === "RSA" ? [jwk.n, jwk.e] : [jwk.y, jwk.p, jwk.q, jwk.g]).map(
    (text) => (typeof text === "string" ? decodeBase64(text) : undefined) ?? VERSION,
  ) as [Uint8Array, Uint8Array, ...Uint8Array[]];
  const parameters = jwk.kty === "RSA" ? NULL : derNumbers(b, ...rest);
  const key = jwk.kty === "RSA" ? derNumbers(a, b) : der(INTEGER, signed(a));
  return der(SEQUENCE, algorithm(jwk.kty, parameters), der(BIT_STRING, VERSION, key));
}

/**
 * Decodes the SubjectPublicKeyInfo encoding of a public key.
 *
 * @returns undefined if it is neither an RSA nor a DSA key
 */
export function decodeSpki(bytes: Uint8Array): PublicKeyJwk | undefined {
  const [algorithm, key] = readSequence(readElements(bytes)[0]);
  const [oid, parameters] = readSequence(algorithm);
  const type = keyTypeOf(oid);
  if (type === undefined) return undefined;
  const content = readElements(contentOf(key, BIT_STRING).subarray(1))[0];
  if (type === "RSA") {
    const [n = "", e = ""] = pick(readNumbers(content), 2).map(encodeBase64Url);
    return { kty: type, n, e };
  }
  const [p = "", q = "", g = ""] = pick(readNumbers(parameters), 3).map(encodeBase64Url);
  return { kty: type, y: encodeBase64Url(withoutZeros(contentOf(content, INTEGER))), p, q, g };
}
