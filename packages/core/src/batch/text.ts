import { hasLoneSurrogate } from "../printable.ts";

/** Removes the characters up to U+0020 at both ends of a text, as Java's `trim` does. */
export function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 0x20) start++;
  while (start < end && text.charCodeAt(end - 1) <= 0x20) end--;
  return text.slice(start, end);
}

/** Parses an integer from `min` to 2147483647, ignoring white space around it. Returns undefined for anything else. */
export function readNumber(text: string, min: number): number | undefined {
  const digits = trim(text);
  if (!/^[+-]?\d{1,10}$/.test(digits)) return undefined;
  const number = Number(digits) | 0;
  return number === Number(digits) && number >= min ? number : undefined;
}

/**
 * Returns the reason why a batch cannot contain a text, to be appended to its name; undefined if it can.
 *
 * @param excluded a character that would end the text at this place
 */
export function reasonUnwritable(text: unknown, excluded?: string): string | undefined {
  if (typeof text !== "string") return "is not a text";
  if (text === "") return "is empty";
  if (/[\r\n]/.test(text)) return "contains a line break";
  if (hasLoneSurrogate(text)) return "contains a lone surrogate";
  if (trim(text) !== text) return "begins or ends with white space or a control character";
  return excluded !== undefined && text.includes(excluded)
    ? `contains ${NAMES[excluded] ?? excluded}`
    : undefined;
}

const NAMES: Readonly<Record<string, string>> = {
  " ": "a space",
  ":": "a colon",
  ";": "a semicolon",
  "|": "a vertical bar",
};

/** Returns true for `0.NA/` in upper or lower case with something after it. */
export function isPrefixHandle(text: string): boolean {
  return /^0\.NA\/./is.test(text);
}
