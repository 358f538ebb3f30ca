import { decodeBasic } from "@handlekit/auth/wire";
import { isHandleError, parseReference, type ValueReference } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { keyValues, sameSecret } from "./secret-key.ts";

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
  const keys = await keyValues(store, identity, "HS_SECKEY");
  // Every key is compared, and an empty one never matches.
  const matches = keys.filter((key) => sameSecret(key.data, given.password) && key.data.length > 0);
  return matches.length > 0 ? identity : false;
}
