import {
  encodeValues,
  type HandleValueInput,
  hasType,
  type PublicKeyJwk,
  prefixHandle,
  type Secret,
} from "@handlekit/core";
import type { StoredValue } from "@handlekit/core/store";

/** The index of the administrator's secret key in its record. */
export const SECRET_KEY_INDEX = 300;
/** The index of the administrator's public key in its record. */
export const PUBLIC_KEY_INDEX = 301;

const OWNER_INDEX = 200;
/** All permissions except those for derived prefixes; records also have no permission to list. */
const PREFIX_PERMISSIONS = "111111110011";
const RECORD_PERMISSIONS = "011111110011";

function admin(prefix: string, permissions: string): HandleValueInput {
  const value = { handle: prefixHandle(prefix), index: OWNER_INDEX, permissions };
  return { index: 100, type: "HS_ADMIN", data: { format: "admin", value } };
}

/** Creates the record of the prefix handle. Its administrators are a list (HS_VLIST 200) of the two keys of the user. */
export function prefixRecord(prefix: string, user: string): StoredValue[] {
  const keys = [SECRET_KEY_INDEX, PUBLIC_KEY_INDEX].map((index) => ({ handle: user, index }));
  return encodeValues([
    admin(prefix, PREFIX_PERMISSIONS),
    { index: OWNER_INDEX, type: "HS_VLIST", data: { format: "vlist", value: keys } },
  ]);
}

/** Creates the record of the user: a public HS_ADMIN, so that clients find it, the hidden secret key, and the public key. */
export function userRecord(
  prefix: string,
  keys: { readonly password: Secret; readonly publicKey: PublicKeyJwk },
): StoredValue[] {
  const values = encodeValues([
    admin(prefix, RECORD_PERMISSIONS),
    { index: SECRET_KEY_INDEX, type: "HS_SECKEY", data: "", permissions: "1100" },
    { index: PUBLIC_KEY_INDEX, type: "HS_PUBKEY", data: { format: "key", value: keys.publicKey } },
  ]);
  return values.map((value) =>
    hasType(value.type, "HS_SECKEY") ? { ...value, data: keys.password.reveal() } : value,
  );
}
