import { checkArgument } from "../check.ts";
import { invalidOptions } from "../error.ts";
import { foldCase, prefixHandle, prefixOf } from "../handle.ts";
import { checkReference, matchesReference, type ValueReference } from "../reference.ts";
import { decodeAdmin } from "../value/admin.ts";
import { hasType } from "../value/has-type.ts";
import {
  ADMIN_PERMISSIONS,
  type AdminPermission,
  permissionBits,
  permissionNames,
} from "../value/permissions.ts";
import type { StoredValue } from "../value/value.ts";
import { changePermissions } from "./change.ts";
import { type CheckedList, createFindPath, decoded, type ReadRecord } from "./find-path.ts";

/** An operation on a handle. */
export type Operation =
  | { readonly name: "create" | "delete" | "read" | "list" }
  | {
      readonly name: "change";
      readonly before: readonly StoredValue[];
      readonly after: readonly StoredValue[];
    };

/** Rules of the server, in addition to those in the records. */
export interface AuthorisationRules {
  /** The identities that may do everything, if `serverAdminFullAccess` is true. Default none. */
  readonly serverAdmins?: readonly ValueReference[] | undefined;
  /** Whether server administrators pass every check. Default false. */
  readonly serverAdminFullAccess?: boolean | undefined;
  /** Whether the HS_ADMIN values of prefix handles are used for creating and listing. Default true. */
  readonly allowNaAdmins?: boolean | undefined;
}

/** An HS_ADMIN value that was checked. */
export interface AdminCheck {
  /** Its index in the record. */
  readonly index: number;
  /** The administrator that it names: a key, or an HS_VLIST. */
  readonly owner: ValueReference;
  readonly missing: readonly AdminPermission[];
  /** From the owner through the lists to the entry that names the identity; empty if it was not found. */
  readonly path: readonly ValueReference[];
}

/** The decision of {@link authorise} with its reason. */
export interface Authorisation {
  readonly allowed: boolean;
  readonly reason:
    | "nothing_needed"
    | "server_admin"
    | "granted"
    | "anonymous"
    | "no_record"
    | "no_admin"
    | "not_listed"
    | "permission_missing"
    | "prefix_admins_ignored";
  readonly needed: readonly AdminPermission[];
  /** The handle whose HS_ADMIN values decide: the handle itself, or the prefix handle for create and list. */
  readonly governedBy: string;
  readonly checks: readonly AdminCheck[];
  /** Every reference that was looked up as a list, in that order and each once. */
  readonly lists: readonly CheckedList[];
}

const isPrefixHandle = (handle: string) => foldCase(handle).startsWith("0.NA/");

/** Returns the handle whose record grants the right to create a handle, and which right that is. */
function creation(handle: string): { governedBy: string; bits: number } {
  const dot = handle.lastIndexOf(".");
  if (isPrefixHandle(handle) && dot > "0.NA/".length) {
    return { governedBy: handle.slice(0, dot), bits: ADMIN_PERMISSIONS.addDerivedPrefix };
  }
  const prefix = handle.includes("/") ? prefixOf(handle) : "0.NA";
  return { governedBy: prefixHandle(prefix), bits: ADMIN_PERMISSIONS.addHandle };
}

function requirement(operation: Operation, handle: string): { governedBy: string; bits: number } {
  switch (operation.name) {
    case "create":
      return creation(handle);
    case "list":
      return {
        governedBy: isPrefixHandle(handle) ? handle : prefixHandle(prefixOf(handle)),
        bits: ADMIN_PERMISSIONS.listHandles,
      };
    case "delete":
      return { governedBy: handle, bits: ADMIN_PERMISSIONS.deleteHandle };
    case "read":
      return { governedBy: handle, bits: ADMIN_PERMISSIONS.readValue };
    case "change":
      return { governedBy: handle, bits: changePermissions(operation.before, operation.after) };
    default:
      throw invalidOptions("authorise: operation.name is not create, delete, read, list or change.");
  }
}

/**
 * Decides whether an identity may carry out an operation on a handle. Returns the HS_ADMIN value and the path of HS_VLIST
 * values that grant it, or what is missing. One HS_ADMIN value must grant all permissions that an operation needs.
 *
 * Each list is read once. An identity that is only found after 1,000 lists or 100,000 entries is not found.
 *
 * @param identity the authenticated identity; undefined for an anonymous request
 * @param operation the operation; "change" compares two states of the record
 * @param handle the handle; for "list" the prefix, its prefix handle or any handle of the prefix
 * @param read reads local records, including values that are not public
 * @param rules the rules of the server
 * @throws HandleError `invalid_options` for an argument of the wrong type; whatever `read` throws
 * @example
 * ```ts
 * const answer = await authorise(identity, { name: "delete" }, "20.500.12345/abc", read);
 * if (!answer.allowed) console.log(answer.reason, answer.needed);
 * ```
 * @see RFC 3651 section 3.2
 */
export async function authorise(
  identity: ValueReference | undefined,
  operation: Operation,
  handle: string,
  read: ReadRecord,
  rules: AuthorisationRules = {},
): Promise<Authorisation> {
  if (identity !== undefined) checkReference("authorise", "identity", identity);
  checkArgument("authorise", "operation", operation, ["object"]);
  checkArgument("authorise", "handle", handle, ["string"]);
  checkArgument("authorise", "read", read, ["function"]);
  checkArgument("authorise", "rules", rules, ["object"]);
  const { governedBy, bits } = requirement(operation, handle);
  const checks: AdminCheck[] = [];
  const lists: CheckedList[] = [];
  const answer = (allowed: boolean, reason: Authorisation["reason"]): Authorisation => ({
    allowed,
    reason,
    needed: permissionNames(bits),
    governedBy,
    checks,
    lists,
  });
  if (identity === undefined) return answer(false, "anonymous");
  if (bits === 0) return answer(true, "nothing_needed");
  if (rules.serverAdminFullAccess && rules.serverAdmins?.some((admin) => matchesReference(admin, identity))) {
    return answer(true, "server_admin");
  }
  const byPrefix = operation.name === "create" || operation.name === "list";
  if (byPrefix && rules.allowNaAdmins === false) return answer(false, "prefix_admins_ignored");

  const values = await read(governedBy);
  if (values === undefined) return answer(false, "no_record");
  const findPath = createFindPath(identity, read, lists);
  for (const value of values) {
    const admin = hasType(value.type, "HS_ADMIN") ? decoded(decodeAdmin, value.data) : undefined;
    if (admin === undefined) continue;
    const owner = { handle: admin.handle, index: admin.index };
    const missing = bits & ~permissionBits(admin.permissions);
    const path = await findPath(owner);
    checks.push({ index: value.index, owner, missing: permissionNames(missing), path });
    if (path.length > 0 && missing === 0) return answer(true, "granted");
  }
  if (checks.length === 0) return answer(false, "no_admin");
  return answer(false, checks.some((check) => check.path.length > 0) ? "permission_missing" : "not_listed");
}
