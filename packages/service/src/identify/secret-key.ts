import { createHash, timingSafeEqual } from "node:crypto";
import { decodeBasic } from "@handlekit/auth/wire";
import { handleKey, isHandleError, parseReference, type ValueReference } from "@handlekit/core";
import type { HandleStore, RecordValues, StoredValue } from "@handlekit/core/store";

type KeyType = "HS_SECKEY" | "HS_PUBKEY" | "HS_SITE";

/** The values of a type that an identity can mean: the one at its index, or all of the record for index 0. */
export function keyValues(
  values: RecordValues | undefined,
  { index }: ValueReference,
  type: KeyType,
): readonly StoredValue[] {
  const keys = values?.filter((value) => value.type === type) ?? [];
  return index === 0 ? keys : keys.filter((value) => value.index === index);
}

/** {@link keyValues} of the identity's record. */
export async function readKeyValues(
  store: HandleStore,
  identity: ValueReference,
  type: KeyType,
): Promise<readonly StoredValue[]> {
  return keyValues((await store.read(handleKey(identity.handle)))?.values, identity, type);
}

/** Compares in a time that depends neither on where two secrets differ nor on how long they are. */
export function sameSecret(a: Uint8Array, b: Uint8Array): boolean {
  const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/**
 * Checks a Basic header against HS_SECKEY.
 *
 * @returns the identity; false when it is not verified; undefined when the header cannot be read
 */
export async function identifyBasic(
  store: HandleStore,
  header: string,
): Promise<ValueReference | false | undefined> {
  const given = decodeBasic(header);
  if (given === undefined) return undefined;
  let identity: ValueReference;
  try {
    identity = parseReference(given.user);
  } catch (error) {
    if (isHandleError(error)) return false;
    throw error;
  }
  const keys = await readKeyValues(store, identity, "HS_SECKEY");
  // Every key is compared, and an empty one never matches.
  const matches = keys.filter((key) => sameSecret(key.data, given.password) && key.data.length > 0);
  return matches.length > 0 ? identity : false;
}
