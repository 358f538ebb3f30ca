/** The text without the characters up to U+0020 at its ends: what Java's `trim` leaves of it. */
export function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 0x20) start++;
  while (start < end && text.charCodeAt(end - 1) <= 0x20) end--;
  return text.slice(start, end);
}

/** A whole number from `minimum` to 2147483647, white space around it ignored; undefined for anything else. */
export function readNumber(text: string, minimum: number): number | undefined {
  const digits = trim(text);
  if (!/^[+-]?\d{1,10}$/.test(digits)) return undefined;
  const number = Number(digits) | 0;
  return number === Number(digits) && number >= minimum ? number : undefined;
}

/** True when a text holds half a character, a lone surrogate, which has no UTF-8 form. */
export function hasHalfCharacter(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

/**
 * Why a batch cannot hold a text, to follow what it is; undefined when it can.
 *
 * @param excluded a character that ends the text in this place
 */
export function misfit(text: unknown, excluded?: string): string | undefined {
  if (typeof text !== "string") return "is not a text";
  if (text === "") return "is empty";
  if (/[\r\n]/.test(text)) return "has a line break";
  if (hasHalfCharacter(text)) return "holds half a character";
  if (trim(text) !== text) return "begins or ends with white space or a control character";
  return excluded !== undefined && text.includes(excluded) ? `has ${NAMES[excluded] ?? excluded}` : undefined;
}

const NAMES: Readonly<Record<string, string>> = {
  " ": "a space",
  ":": "a colon",
  ";": "a semicolon",
  "|": "a vertical bar",
};

/** True for `0.NA/` in any case with something after it. */
export function isPrefixHandle(text: string): boolean {
  return /^0\.NA\/./is.test(text);
}
