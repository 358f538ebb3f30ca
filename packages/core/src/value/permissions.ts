import { checkArgument } from "../check.ts";
import { invalidValue } from "../error.ts";
import { quoteForMessage } from "../handle.ts";

/**
 * The bits of the twelve permissions of an HS_ADMIN value, by name.
 *
 * @see RFC 3651 section 3.2.1
 */
export const ADMIN_PERMISSIONS: {
  readonly addHandle: 0x001;
  readonly deleteHandle: 0x002;
  readonly addDerivedPrefix: 0x004;
  readonly deleteDerivedPrefix: 0x008;
  readonly modifyValue: 0x010;
  readonly removeValue: 0x020;
  readonly addValue: 0x040;
  readonly modifyAdmin: 0x080;
  readonly removeAdmin: 0x100;
  readonly addAdmin: 0x200;
  readonly readValue: 0x400;
  readonly listHandles: 0x800;
} = {
  addHandle: 0x001,
  deleteHandle: 0x002,
  addDerivedPrefix: 0x004,
  deleteDerivedPrefix: 0x008,
  modifyValue: 0x010,
  removeValue: 0x020,
  addValue: 0x040,
  modifyAdmin: 0x080,
  removeAdmin: 0x100,
  addAdmin: 0x200,
  readValue: 0x400,
  listHandles: 0x800,
};

/** The name of one of the twelve permissions. */
export type AdminPermission = keyof typeof ADMIN_PERMISSIONS;

const NAMES = Object.keys(ADMIN_PERMISSIONS) as AdminPermission[];

/**
 * Returns the bits of a permission string: twelve binary digits, list handles first, add handle last.
 *
 * @throws HandleError `invalid_value` if the text is not twelve binary digits
 * @example
 * ```ts
 * permissionBits("011111110011"); // 0x7f3
 * ```
 */
export function permissionBits(text: string): number {
  checkArgument("permissionBits", "text", text, ["string"]);
  if (!/^[01]{12}$/.test(text)) {
    throw invalidValue(
      `${quoteForMessage(text)} is not a permission string.`,
      "Write twelve binary digits, list handles first, add handle last, for example 011111110011.",
    );
  }
  return Number.parseInt(text, 2);
}

/**
 * Returns the permission string of bits, the inverse of {@link permissionBits}. Ignores bits above the twelfth.
 *
 * @example
 * ```ts
 * permissionString(ADMIN_PERMISSIONS.addHandle | ADMIN_PERMISSIONS.deleteHandle); // "000000000011"
 * ```
 */
export function permissionString(bits: number): string {
  checkArgument("permissionString", "bits", bits, ["number"]);
  return (bits & 0xfff).toString(2).padStart(12, "0");
}

/**
 * Returns the names of the permissions in `bits`, add handle first.
 *
 * @example
 * ```ts
 * permissionNames(0x003); // ["addHandle", "deleteHandle"]
 * ```
 */
export function permissionNames(bits: number): AdminPermission[] {
  checkArgument("permissionNames", "bits", bits, ["number"]);
  return NAMES.filter((name) => (bits & ADMIN_PERMISSIONS[name]) !== 0);
}

/** The bits of the four permissions of a value. The default of a value is "1110". */
export const VALUE_PERMISSIONS: {
  readonly adminRead: 8;
  readonly adminWrite: 4;
  readonly publicRead: 2;
  readonly publicWrite: 1;
} = { adminRead: 8, adminWrite: 4, publicRead: 2, publicWrite: 1 };
