import { checkArgument } from "@handlekit/core";

const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const EACH_FORBIDDEN = new RegExp(FORBIDDEN, "gu");

/** A character that XML 1.0 does not allow. */
export interface ForbiddenCharacter {
  /** Its offset in the text, in UTF-16 units. */
  readonly index: number;
  /** Its number among the characters of the text, counted from 1, for a message. */
  readonly position: number;
  readonly character: string;
  /** Its name for a message, such as `U+0001`. */
  readonly name: string;
}

/**
 * Finds the first character that XML 1.0 does not allow, not even as a reference: control characters other than tab,
 * line feed and carriage return, lone surrogates, U+FFFE and U+FFFF.
 *
 * @returns undefined when XML allows every character of the text
 * @throws HandleError `invalid_options` when `text` is not a string
 * @example
 * ```ts
 * findForbidden("ab\u0001"); // { index: 2, position: 3, character: "\u0001", name: "U+0001" }
 * ```
 * @see https://www.w3.org/TR/xml/#charsets
 */
export function findForbidden(text: string): ForbiddenCharacter | undefined {
  checkArgument("findForbidden", "text", text, ["string"]);
  const found = FORBIDDEN.exec(text);
  if (!found) return undefined;
  const { index } = found;
  const [character] = found;
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return { index, position: Array.from(text.slice(0, index)).length + 1, character, name: `U+${code}` };
}

/**
 * Replaces each character that XML 1.0 does not allow; {@link findForbidden} lists them.
 *
 * @param by the replacement. Default U+FFFD, the replacement character
 * @throws HandleError `invalid_options` when an argument is not a string
 * @example
 * ```ts
 * replaceForbidden("a\u0000b", "?"); // "a?b"
 * ```
 */
export function replaceForbidden(text: string, by: string = "\ufffd"): string {
  checkArgument("replaceForbidden", "text", text, ["string"]);
  checkArgument("replaceForbidden", "by", by, ["string"]);
  return text.replace(EACH_FORBIDDEN, () => by);
}
