import { checkArgument } from "./check.ts";

/** Control and format characters, line separators, lone surrogates and non-characters, but not joiners. */
const UNPRINTABLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;
const SHORT: Readonly<Record<number, string>> = { 9: "\\t", 10: "\\n", 13: "\\r" };

function escapeOf(code: number): string {
  const hex = code.toString(16).padStart(4, "0");
  return SHORT[code] ?? (code > 0xffff ? `\\u{${hex}}` : `\\u${hex}`);
}

/**
 * Replaces the characters of a text that are invisible, move the cursor of a terminal or change the writing direction.
 *
 * @param show returns the replacement of a code point. Default a JavaScript escape, such as `\n` or `\u202e`
 * @example
 * ```ts
 * printable("a\u202eb"); // "a\\u202eb"
 * ```
 */
export function printable(text: string, show: (codePoint: number) => string = escapeOf): string {
  checkArgument("printable", "text", text, ["string"]);
  checkArgument("printable", "show", show, ["function"]);
  return text.replace(UNPRINTABLE, (one) => show(one.codePointAt(0) ?? 0));
}

/** Returns true if a text contains a lone surrogate, which cannot be encoded as UTF-8. */
export function hasLoneSurrogate(text: string): boolean {
  checkArgument("hasLoneSurrogate", "text", text, ["string"]);
  return /\p{Surrogate}/u.test(text);
}
