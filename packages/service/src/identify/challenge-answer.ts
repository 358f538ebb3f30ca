import { verify } from "node:crypto";
import { digestAlgorithm, signedBytes } from "@handlekit/auth/wire";
import { decodeBase64, isHandleError, parseReference, type ValueReference } from "@handlekit/core";
import type { HandleStore, StoredValue } from "@handlekit/core/store";
import { readPublicKey } from "./keys.ts";
import type { Limit } from "./limits.ts";
import { type AnswerFields, computeMac, DIGESTS, lacksDerivation, NO_KEY, readMacRequest } from "./mac.ts";
import { readKeyValues, sameSecret } from "./secret-key.ts";

/** The authenticated identity and its key, or the reason why the answer is rejected, in the words of the REST API. */
export type AnswerOutcome =
  | { readonly identity: ValueReference; readonly claimed: string; readonly key: StoredValue }
  | { readonly error: string };

const MISSING = { error: "Missing fields in authentication data" };
const UNREADABLE = { error: "Error parsing Authorization: Handle" };
const NOT_VERIFIED = { error: "Identity not verified" };

/** The result of the check of a signature: the identity and its key. */
type Checked = { readonly identity: ValueReference; readonly key: StoredValue } | undefined | "unreadable";

async function bySecretKey(
  store: HandleStore,
  claimed: ValueReference,
  fields: AnswerFields,
  message: Uint8Array,
  signature: Uint8Array,
  limit: Limit,
): Promise<Checked> {
  const request = readMacRequest(fields);
  if (request === undefined) return "unreadable";
  const keys = (await readKeyValues(store, claimed, "HS_SECKEY")).filter(({ data }) => data.length > 0);
  for (const key of keys) {
    if (sameSecret(await computeMac(key.data, message, request, limit), signature))
      return { identity: claimed, key };
  }
  // The time of the answer does not show whether there is a key.
  if (keys.length === 0) await computeMac(NO_KEY, message, request, limit);
  return undefined;
}

async function byPublicKey(
  store: HandleStore,
  claimed: ValueReference,
  fields: AnswerFields,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<Checked> {
  const alg = digestAlgorithm(fields.get("alg") ?? "");
  if (alg === undefined) return "unreadable";
  for (const key of await readKeyValues(store, claimed, "HS_PUBKEY")) {
    const publicKey = readPublicKey(key.data);
    if (publicKey !== undefined && verify(DIGESTS[alg], message, publicKey, signature))
      return { identity: { handle: claimed.handle, index: key.index }, key };
  }
  return undefined;
}

/**
 * Checks an answer to a challenge: `signature` must be the MAC (HS_SECKEY) or signature (HS_PUBKEY) of nonce and cnonce
 * by a key of `id`. For an id without an index every key of the handle is tried, and the identity gets the index of the
 * public key that matches.
 *
 * @param nonce the nonce of the session
 * @param limit the limit on deriving keys
 * @throws HandleError response code 3 if too many keys are being derived
 */
export async function checkAnswer(
  store: HandleStore,
  nonce: Uint8Array,
  fields: AnswerFields,
  limit: Limit,
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
  const checked = await check(store, claimed, fields, signedBytes(nonce, cnonce), signature, limit);
  if (checked === "unreadable") return UNREADABLE;
  return checked === undefined ? NOT_VERIFIED : { ...checked, claimed: id };
}
