import { HandleError } from "../error.ts";
import { quoteForMessage } from "../handle.ts";

/**
 * The twelve permissions of an HS_ADMIN value, by name, with their bit.
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
 * The bits of a permission string: twelve binary digits, list handles first, add handle last.
 *
 * @throws HandleError `invalid_value` when it is not twelve binary digits
 * @example
 * ```ts
 * permissionBits("011111110011"); // 0x7f3
 * ```
 */
export function permissionBits(text: string): number {
  if (!/^[01]{12}$/.test(text)) {
    throw new HandleError("invalid_value", {
      message: `${quoteForMessage(text)} is not a permission string.`,
      hint: "Write twelve binary digits, list handles first, add handle last, for example 011111110011.",
    });
  }
  return Number.parseInt(text, 2);
}

/**
 * The permission string of bits, the inverse of {@link permissionBits}; bits over the twelfth are left out.
 *
 * @example
 * ```ts
 * permissionString(ADMIN_PERMISSIONS.addHandle | ADMIN_PERMISSIONS.deleteHandle); // "000000000011"
 * ```
 */
export function permissionString(bits: number): string {
  return (bits & 0xfff).toString(2).padStart(12, "0");
}

/**
 * The names of the permissions in `bits`, add handle first.
 *
 * @example
 * ```ts
 * permissionNames(0x003); // ["addHandle", "deleteHandle"]
 * ```
 */
export function permissionNames(bits: number): AdminPermission[] {
  return NAMES.filter((name) => (bits & ADMIN_PERMISSIONS[name]) !== 0);
}

/** The four permission bits of one value; together "1110" by default. */
export const VALUE_PERMISSIONS: {
  readonly adminRead: 8;
  readonly adminWrite: 4;
  readonly publicRead: 2;
  readonly publicWrite: 1;
} = { adminRead: 8, adminWrite: 4, publicRead: 2, publicWrite: 1 };
