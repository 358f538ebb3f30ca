import { createHash, createHmac, pbkdf2, verify } from "node:crypto";
import { promisify } from "node:util";
import { digestAlgorithm, type MacAlgorithm, macAlgorithm, signedBytes } from "@handlekit/auth/wire";
import { decodeBase64, isHandleError, parseReference, type ValueReference } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { readPublicKey } from "./public-key.ts";
import { keyValues, sameSecret } from "./secret-key.ts";

/** The fields of an answer to a challenge, names in lower case, from a header or a body. */
export type AnswerFields = ReadonlyMap<string, string>;

/** Who answered, or why the answer does not count, in the words of the API. */
export type AnswerOutcome =
  | { readonly identity: ValueReference; readonly claimed: string }
  | { readonly error: string };

const MISSING = { error: "Missing fields in authentication data" };
const UNREADABLE = { error: "Error parsing Authorization: Handle" };
const NOT_VERIFIED = { error: "Identity not verified" };

/** A client chooses how much work its answer is; over these it would be an attack. */
const MAX_ITERATIONS = 200_000;
const MAX_KEY_BITS = 4096;

const hash = { MD5: "md5", "SHA-1": "sha1", "SHA-256": "sha256" } as const;
const derive = promisify(pbkdf2);

/** How a MAC is computed, with the parameters that came with it. */
export interface MacRequest {
  readonly alg: MacAlgorithm;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly keyBits: number;
}

const DERIVED = "PBKDF2-HMAC-SHA1";

/** A derived key is nothing without these three. */
function lacksDerivation(fields: AnswerFields): boolean {
  const derived = macAlgorithm(fields.get("alg") ?? "") === DERIVED;
  return derived && ["salt", "iterations", "length"].some((name) => !fields.get(name));
}

/** The parameters of a MAC; undefined when they are missing or cannot be used. */
export function readMacRequest(fields: AnswerFields): MacRequest | undefined {
  const alg = macAlgorithm(fields.get("alg") ?? "");
  const salt = decodeBase64(fields.get("salt") ?? "");
  const [iterations, keyBits] = [Number(fields.get("iterations") ?? 0), Number(fields.get("length") ?? 0)];
  if (alg === undefined || salt === undefined || lacksDerivation(fields)) return undefined;
  const derived = alg === DERIVED;
  const within = (value: number, most: number) => Number.isInteger(value) && value > 0 && value <= most;
  if (derived && !(within(iterations, MAX_ITERATIONS) && within(keyBits, MAX_KEY_BITS) && keyBits % 8 === 0))
    return undefined;
  return { alg, salt, iterations, keyBits };
}

/** The MAC of a message with a secret. */
export async function computeMac(
  secret: Uint8Array,
  message: Uint8Array,
  request: MacRequest,
): Promise<Uint8Array> {
  switch (request.alg) {
    case "HMAC-SHA1":
    case "HMAC-SHA256":
      return createHmac(request.alg === "HMAC-SHA1" ? "sha1" : "sha256", secret)
        .update(message)
        .digest();
    case "PBKDF2-HMAC-SHA1": {
      const key = await derive(secret, request.salt, request.iterations, request.keyBits / 8, "sha1");
      return createHmac("sha1", key).update(message).digest();
    }
    default:
      return createHash(hash[request.alg]).update(secret).update(message).update(secret).digest();
  }
}

async function bySecretKey(
  store: HandleStore,
  claimed: ValueReference,
  fields: AnswerFields,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<ValueReference | undefined | "unreadable"> {
  const request = readMacRequest(fields);
  if (request === undefined) return "unreadable";
  for (const { data } of await keyValues(store, claimed, "HS_SECKEY")) {
    if (data.length > 0 && sameSecret(await computeMac(data, message, request), signature)) return claimed;
  }
  return undefined;
}

async function byPublicKey(
  store: HandleStore,
  claimed: ValueReference,
  fields: AnswerFields,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<ValueReference | undefined | "unreadable"> {
  const alg = digestAlgorithm(fields.get("alg") ?? "");
  if (alg === undefined) return "unreadable";
  for (const { data, index } of await keyValues(store, claimed, "HS_PUBKEY")) {
    const key = readPublicKey(data);
    if (key !== undefined && verify(hash[alg], message, key, signature))
      return { handle: claimed.handle, index };
  }
  return undefined;
}

/**
 * Checks an answer to a challenge: `signature` must be the MAC (HS_SECKEY) or signature (HS_PUBKEY) of nonce and cnonce
 * by a key of `id`. For an id without index every key of the handle is tried; the index of a public key that fits
 * becomes the identity's.
 *
 * @param nonce of the session the answer is for
 */
export async function checkAnswer(
  store: HandleStore,
  nonce: Uint8Array,
  fields: AnswerFields,
): Promise<AnswerOutcome> {
  const [id, type, alg] = [fields.get("id"), fields.get("type"), fields.get("alg")];
  const [cnonce, signature] = [fields.get("cnonce"), fields.get("signature")].map(
    (text) => text && decodeBase64(text),
  );
  if (!id || !type || !alg || !cnonce || !signature) return MISSING;
  if (type === "HS_SECKEY" && lacksDerivation(fields)) return MISSING;
  if (type !== "HS_SECKEY" && type !== "HS_PUBKEY") return UNREADABLE;
  let claimed: ValueReference;
  try {
    claimed = parseReference(id);
  } catch (error) {
    if (isHandleError(error)) return NOT_VERIFIED;
    throw error;
  }
  const check = type === "HS_SECKEY" ? bySecretKey : byPublicKey;
  const identity = await check(store, claimed, fields, signedBytes(nonce, cnonce), signature);
  if (identity === "unreadable") return UNREADABLE;
  return identity === undefined ? NOT_VERIFIED : { identity, claimed: id };
}
