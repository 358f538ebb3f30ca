import {
  encodeBase64,
  encodeValues,
  type HandleValueInput,
  type PublicKeyJwk,
  prefixHandle,
  type Secret,
  type ValueReference,
} from "@handlekit/core";
import type { StoredValue } from "@handlekit/core/store";

/** The index of a user's secret key, unless it is given. */
export const SECRET_KEY_INDEX = 300;
/** The index of the HS_VLIST with the administrators of a prefix, in its prefix handle. */
export const LIST_INDEX = 200;
/** The index of HS_ADMIN in new records. */
export const ADMIN_INDEX = 100;

/** All permissions except those for derived prefixes; records also have no permission to list. */
const PREFIX_PERMISSIONS = "111111110011";
const RECORD_PERMISSIONS = "011111110011";

/** A key with which a user logs in. */
export type UserKey = { readonly password: Secret } | { readonly publicKey: PublicKeyJwk };

function admin(prefix: string, permissions: string, index: number): HandleValueInput {
  const value = { handle: prefixHandle(prefix), index: LIST_INDEX, permissions };
  return { index, type: "HS_ADMIN", data: { format: "admin", value } };
}

/** Returns the HS_ADMIN value of a user, with which the administrators of the prefix can change its record. */
export function userAdmin(prefix: string, index: number = ADMIN_INDEX): HandleValueInput {
  return admin(prefix, RECORD_PERMISSIONS, index);
}

/** Returns the value of a key: HS_SECKEY, which is hidden, or HS_PUBKEY. */
export function keyValue(index: number, key: UserKey): HandleValueInput {
  if ("publicKey" in key) {
    return { index, type: "HS_PUBKEY", data: { format: "key", value: key.publicKey } };
  }
  const value = encodeBase64(key.password.reveal());
  return { index, type: "HS_SECKEY", data: { format: "base64", value }, permissions: "1100" };
}

/** Creates the record of a prefix handle. Its administrators are a list (HS_VLIST 200) of identities. */
export function prefixRecord(prefix: string, administrators: readonly ValueReference[]): StoredValue[] {
  return encodeValues([
    admin(prefix, PREFIX_PERMISSIONS, ADMIN_INDEX),
    { index: LIST_INDEX, type: "HS_VLIST", data: { format: "vlist", value: administrators } },
  ]);
}
