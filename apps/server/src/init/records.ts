import {
  encodeValue,
  type HandleValueInput,
  type PublicKeyJwk,
  prefixHandle,
  type Secret,
} from "@handlekit/core";
import type { StoredValue } from "@handlekit/core/store";

/** Where the administrator's keys stand in the user's record. */
export const SECRET_KEY_INDEX = 300;
/** See {@link SECRET_KEY_INDEX}. */
export const PUBLIC_KEY_INDEX = 301;

const OWNER_INDEX = 200;
/** Everything but derived prefixes, and for the records of a prefix all but listing. */
const PREFIX_PERMISSIONS = "111111110011";
const RECORD_PERMISSIONS = "011111110011";

function admin(prefix: string, permissions: string): HandleValueInput {
  const value = { handle: prefixHandle(prefix), index: OWNER_INDEX, permissions };
  return { index: 100, type: "HS_ADMIN", data: { format: "admin", value } };
}

function stored(values: readonly HandleValueInput[], timestamp: number): StoredValue[] {
  return values.map((value) => ({ ...encodeValue(value), timestamp }));
}

/** The record of the prefix handle: its owners are a list (HS_VLIST 200) of the two keys of the user. */
export function prefixRecord(prefix: string, user: string, timestamp: number): StoredValue[] {
  const keys = [SECRET_KEY_INDEX, PUBLIC_KEY_INDEX].map((index) => ({ handle: user, index }));
  return stored(
    [
      admin(prefix, PREFIX_PERMISSIONS),
      { index: OWNER_INDEX, type: "HS_VLIST", data: { format: "vlist", value: keys } },
    ],
    timestamp,
  );
}

/** The user's record: a public HS_ADMIN, so that clients find the handle; the secret key, hidden; the public key. */
export function userRecord(
  prefix: string,
  keys: { readonly password: Secret; readonly publicKey: PublicKeyJwk },
  timestamp: number,
): StoredValue[] {
  const values = stored(
    [
      admin(prefix, RECORD_PERMISSIONS),
      { index: SECRET_KEY_INDEX, type: "HS_SECKEY", data: "", permissions: "1100" },
      { index: PUBLIC_KEY_INDEX, type: "HS_PUBKEY", data: { format: "key", value: keys.publicKey } },
    ],
    timestamp,
  );
  return values.map((value) =>
    value.type === "HS_SECKEY" ? { ...value, data: keys.password.reveal() } : value,
  );
}
