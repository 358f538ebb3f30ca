import { verify } from "node:crypto";
import { digestAlgorithm, signedBytes } from "@handlekit/auth/wire";
import { decodeBase64, isHandleError, parseReference, type ValueReference } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { readPublicKey } from "./keys.ts";
import { type AnswerFields, computeMac, DIGESTS, lacksDerivation, readMacRequest } from "./mac.ts";
import { readKeyValues, sameSecret } from "./secret-key.ts";

/** The authenticated identity, or the reason why the answer is rejected, in the words of the REST API. */
export type AnswerOutcome =
  | { readonly identity: ValueReference; readonly claimed: string }
  | { readonly error: string };

const MISSING = { error: "Missing fields in authentication data" };
const UNREADABLE = { error: "Error parsing Authorization: Handle" };
const NOT_VERIFIED = { error: "Identity not verified" };

async function bySecretKey(
  store: HandleStore,
  claimed: ValueReference,
  fields: AnswerFields,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<ValueReference | undefined | "unreadable"> {
  const request = readMacRequest(fields);
  if (request === undefined) return "unreadable";
  for (const { data } of await readKeyValues(store, claimed, "HS_SECKEY")) {
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
  for (const { data, index } of await readKeyValues(store, claimed, "HS_PUBKEY")) {
    const key = readPublicKey(data);
    if (key !== undefined && verify(DIGESTS[alg], message, key, signature))
      return { handle: claimed.handle, index };
  }
  return undefined;
}

/**
 * Checks an answer to a challenge: `signature` must be the MAC (HS_SECKEY) or signature (HS_PUBKEY) of nonce and cnonce
 * by a key of `id`. For an id without an index every key of the handle is tried, and the identity gets the index of the
 * public key that matches.
 *
 * @param nonce the nonce of the session
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
