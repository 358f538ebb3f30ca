import { createHash, timingSafeEqual } from "node:crypto";
import type { BasicCredentials } from "@handlekit/auth/wire";
import { handleKey, hasType, isHandleError, parseReference, type ValueReference } from "@handlekit/core";
import type { HandleStore, RecordValues, StoredValue } from "@handlekit/core/store";

type KeyType = "HS_SECKEY" | "HS_PUBKEY" | "HS_SITE";

/** The keys of one handle that are tried for an identity without an index. */
const MAX_KEYS = 16;

/** Returns the key values of an identity: the one at its index, or the first 16 of the type for index 0. */
export function keyValues(
  values: RecordValues | undefined,
  { index }: ValueReference,
  type: KeyType,
): readonly StoredValue[] {
  const keys = values?.filter((value) => hasType(value.type, type)) ?? [];
  return index === 0 ? keys.slice(0, MAX_KEYS) : keys.filter((value) => value.index === index);
}

/** Reads the record of an identity and returns its {@link keyValues}. */
export async function readKeyValues(
  store: HandleStore,
  identity: ValueReference,
  type: KeyType,
): Promise<readonly StoredValue[]> {
  return keyValues((await store.read(handleKey(identity.handle)))?.values, identity, type);
}

/** Compares two secrets in a time that depends neither on where they differ nor on their lengths. */
export function sameSecret(a: Uint8Array, b: Uint8Array): boolean {
  const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** The identity with its key, or the reason for the log why the login failed. */
export type BasicOutcome =
  | { readonly identity: ValueReference; readonly key: StoredValue }
  | { readonly why: string };

/** Checks the password of a Basic header against the HS_SECKEY values of its user. */
export async function identifyBasic(store: HandleStore, given: BasicCredentials): Promise<BasicOutcome> {
  let identity: ValueReference;
  try {
    identity = parseReference(given.user);
  } catch (error) {
    if (isHandleError(error)) return { why: "The user is not index:prefix/suffix" };
    throw error;
  }
  const keys = await readKeyValues(store, identity, "HS_SECKEY");
  // Compares all keys, so that the time does not show which one matched. An empty key never matches.
  const [key] = keys.filter(({ data }) => sameSecret(data, given.password) && data.length > 0);
  if (key !== undefined) return { identity, key };
  return { why: keys.length === 0 ? "The identity has no HS_SECKEY value here" : "The password is wrong" };
}
