import { type HandleValueInput, parseReference } from "@handlekit/core";

/** Short ways to write the values of records in tests. */

/** HS_ADMIN: an owner with the permissions of twelve binary digits. */
export function admin(index: number, owner: string, permissions = "111111111111"): HandleValueInput {
  const value = { ...parseReference(owner), permissions };
  return { index, type: "HS_ADMIN", data: { format: "admin", value } };
}

/** HS_VLIST. */
export function list(index: number, ...entries: readonly string[]): HandleValueInput {
  return { index, type: "HS_VLIST", data: { format: "vlist", value: entries.map(parseReference) } };
}

/** HS_SECKEY, not public. */
export function secretKey(index: number, password: string): HandleValueInput {
  return { index, type: "HS_SECKEY", data: password, permissions: "1100" };
}

/** URL. */
export function url(index: number, data = "https://example.org/"): HandleValueInput {
  return { index, type: "URL", data };
}
