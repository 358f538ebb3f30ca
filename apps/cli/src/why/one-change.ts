import {
  type Authorisation,
  decodeAdmin,
  decodeValue,
  decodeValueList,
  encodeAdmin,
  encodeValue,
  encodeValueList,
  formatReference,
  type HandleValue,
  hasType,
  permissionBits,
  permissionString,
  type StoredValue,
  sameHandle,
  type ValueReference,
} from "@handlekit/core";
import { bitsOf, freeIndex, permissionWords } from "./operation.ts";
import type { RecordSource } from "./record-source.ts";

/** One value that, once it is written, grants what was refused. */
export interface OneChange {
  readonly kind: "add_to_list" | "add_admin" | "add_permissions" | "create_record";
  /** The handle whose record it is written to. */
  readonly handle: string;
  /** The whole value, as it must become. */
  readonly value: HandleValue;
  /** In the imperative, without a full stop. */
  readonly text: string;
}

function addAdmin(
  kind: "add_admin" | "create_record",
  { governedBy, needed }: Authorisation,
  identity: ValueReference,
  values: readonly StoredValue[],
): OneChange {
  const index = freeIndex(values, 100);
  const permissions = permissionString(bitsOf(needed));
  const value = encodeValue({
    index,
    type: "HS_ADMIN",
    data: { format: "admin", value: { ...identity, permissions } },
  });
  const what = `value ${index} of type HS_ADMIN for ${formatReference(identity)} with the permission ${permissionWords(needed)} (${permissions})`;
  return {
    kind,
    handle: governedBy,
    value: decodeValue(value),
    text: kind === "add_admin" ? `add ${what} to ${governedBy}` : `create ${governedBy} with ${what}`,
  };
}

async function addToList(
  list: ValueReference,
  identity: ValueReference,
  { read }: RecordSource,
): Promise<OneChange | undefined> {
  const value = (await read(list.handle))?.find(
    ({ index, type }) => index === list.index && hasType(type, "HS_VLIST"),
  );
  if (value === undefined) return undefined;
  const data = encodeValueList([...decodeValueList(value.data), identity]);
  return {
    kind: "add_to_list",
    handle: list.handle,
    value: decodeValue({ ...value, data, timestamp: 0 }),
    text: `add ${formatReference(identity)} to the HS_VLIST at index ${list.index} of ${list.handle}`,
  };
}

/** Adds the missing permissions to the HS_ADMIN value that already names the identity, the one that lacks the fewest. */
function addPermissions(
  { governedBy, checks }: Authorisation,
  values: readonly StoredValue[],
): OneChange | undefined {
  const [check] = checks
    .filter(({ path }) => path.length > 0)
    .toSorted((a, b) => a.missing.length - b.missing.length);
  const value = values.find(({ index }) => index === check?.index);
  if (check === undefined || value === undefined) return undefined;
  const admin = decodeAdmin(value.data);
  const permissions = permissionString(permissionBits(admin.permissions) | bitsOf(check.missing));
  return {
    kind: "add_permissions",
    handle: governedBy,
    value: decodeValue({ ...value, data: encodeAdmin({ ...admin, permissions }), timestamp: 0 }),
    text: `add the permission ${permissionWords(check.missing)} to the HS_ADMIN value at index ${check.index} of ${governedBy} (from ${admin.permissions} to ${permissions})`,
  };
}

const isSame = (a: ValueReference, b: ValueReference) =>
  a.index === b.index && sameHandle(a.handle, b.handle);

/**
 * Finds the one value whose change grants what was refused: the permissions of the HS_ADMIN value that names the identity,
 * else the list of one that grants enough, else a new HS_ADMIN value.
 *
 * @returns undefined if nothing was refused, or if the record cannot be seen
 */
export async function findOneChange(
  decision: Authorisation,
  identity: ValueReference,
  byPrefix: boolean,
  source: RecordSource,
): Promise<OneChange | undefined> {
  const { allowed, checks, lists, governedBy, reason } = decision;
  if (allowed) return undefined;
  const values = await source.read(governedBy);
  if (reason === "no_record") {
    const elsewhere = source.unread().some(({ handle }) => handle === governedBy);
    return byPrefix && !elsewhere ? addAdmin("create_record", decision, identity, []) : undefined;
  }
  if (values === undefined) return undefined;
  if (reason === "permission_missing") return addPermissions(decision, values);
  for (const { missing, owner } of checks) {
    const isList = lists.some(({ reference, entries }) => entries !== undefined && isSame(reference, owner));
    if (missing.length > 0 || !isList) continue;
    const change = await addToList(owner, identity, source);
    if (change !== undefined) return change;
  }
  return addAdmin("add_admin", decision, identity, values);
}
