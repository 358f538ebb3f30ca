import { sameBytes } from "../bytes.ts";
import { checkArgument, checkObject } from "../check.ts";
import { hasType } from "../value/has-type.ts";
import { ADMIN_PERMISSIONS, VALUE_PERMISSIONS } from "../value/permissions.ts";
import type { StoredValue } from "../value/value.ts";

/**
 * Returns true if two values are equal in everything except the timestamp.
 *
 * @example
 * ```ts
 * sameValue(url, { ...url, timestamp: 0 }); // true
 * ```
 */
export function sameValue(a: StoredValue, b: StoredValue): boolean {
  checkObject("sameValue", "a", a);
  checkObject("sameValue", "b", b);
  return (
    a.index === b.index &&
    a.type === b.type &&
    a.ttlType === b.ttlType &&
    a.ttl === b.ttl &&
    a.permissions === b.permissions &&
    a.references.length === b.references.length &&
    a.references.every(
      (r, i) => r.index === b.references[i]?.index && r.handle === b.references[i]?.handle,
    ) &&
    sameBytes(a.data, b.data)
  );
}

/** The types, besides HS_ADMIN, of values that identify somebody or give rights to them. */
const TRUSTED_TYPES = ["HS_SECKEY", "HS_PUBKEY", "HS_CERT", "HS_SITE", "HS_VLIST"];

const isAdmin = (value: StoredValue) => hasType(value.type, "HS_ADMIN");

function bitsFor(old: StoredValue | undefined, next: StoredValue | undefined): number {
  const { addValue, addAdmin, removeValue, removeAdmin, modifyValue, modifyAdmin } = ADMIN_PERMISSIONS;
  if (old === undefined) return next === undefined ? 0 : isAdmin(next) ? addAdmin : addValue;
  if (next === undefined) return isAdmin(old) ? removeAdmin : removeValue;
  if (sameValue(old, next)) return 0;
  if (isAdmin(old)) return isAdmin(next) ? modifyAdmin : removeAdmin | modifyValue;
  if (isAdmin(next)) return modifyValue | addAdmin;
  const isOpen = (old.permissions & VALUE_PERMISSIONS.publicWrite) !== 0;
  return isOpen && !TRUSTED_TYPES.some((type) => hasType(next.type, type)) ? 0 : modifyValue;
}

/**
 * Returns the permissions that are needed to change one state of a record into another, comparing the values at each
 * index. Unchanged values need none, nor does changing a value that is publicly writable, unless it becomes a key, a
 * site, a list of administrators or an HS_ADMIN value.
 *
 * @returns bits of ADMIN_PERMISSIONS
 * @example
 * ```ts
 * permissionNames(changePermissions([], [url])); // ["addValue"]
 * ```
 */
export function changePermissions(before: readonly StoredValue[], after: readonly StoredValue[]): number {
  checkArgument("changePermissions", "before", before, ["array"]);
  checkArgument("changePermissions", "after", after, ["array"]);
  const old = new Map(before.map((value) => [value.index, value]));
  const kept = new Set(after.map((value) => value.index));
  let bits = 0;
  for (const value of after) bits |= bitsFor(old.get(value.index), value);
  for (const value of before) if (!kept.has(value.index)) bits |= bitsFor(value, undefined);
  return bits;
}
