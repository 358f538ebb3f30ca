import { checkText } from "../check.ts";
import { prefixOf } from "../handle.ts";

/** Moves surrogates, which UTF-8 sorts last, behind the other characters. */
const weight = (unit: number): number =>
  unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;

/** Compares two texts by their UTF-8 bytes, without encoding them. */
function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return weight(x) - weight(y);
  }
  return a.length - b.length;
}

/**
 * Compares two keys, or two prefixes, by their place in an export: by prefix, then by the rest, both by their UTF-8
 * bytes, as a store lists them.
 *
 * @returns below 0 if `a` comes first, above 0 if `b` does, 0 if they are equal
 * @example
 * ```ts
 * ["20.500.1/A", "20.500/B"].sort(compareKeys); // [ "20.500/B", "20.500.1/A" ]
 * ```
 */
export function compareKeys(a: string, b: string): number {
  checkText("compareKeys", "a", a);
  checkText("compareKeys", "b", b);
  if (a === b) return 0;
  return compareBytes(prefixOf(a), prefixOf(b)) || compareBytes(a, b);
}
