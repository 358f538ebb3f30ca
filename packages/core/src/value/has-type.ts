import { foldCase } from "../handle.ts";

/**
 * Tells whether a value has a type or a subtype of it, in any case of ASCII letters, as Handle.Net compares types:
 * `hs_admin` and `HS_ADMIN.X` are both HS_ADMIN, `HS_ADMINX` is not. Every comparison with a type that has a meaning goes
 * through this function.
 *
 * @param type the type of a handle value
 * @param name the type to compare with, such as `HS_ADMIN`
 * @example
 * ```ts
 * hasType("10320/LOC.x", "10320/loc"); // true
 * ```
 */
export function hasType(type: string, name: string): boolean {
  // The plain name is by far the most frequent.
  if (type === name) return true;
  if (type.length < name.length || (type.length > name.length && type[name.length] !== ".")) return false;
  return foldCase(type.slice(0, name.length)) === foldCase(name);
}
