/** Controls, marks of direction and format, line separators, lone surrogates and non-characters; joiners are text. */
const UNSEEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;
const SHORT: Readonly<Record<number, string>> = { 9: "\\t", 10: "\\n", 13: "\\r" };

function escapeOf(code: number): string {
  const hex = code.toString(16).padStart(4, "0");
  return SHORT[code] ?? (code > 0xffff ? `\\u{${hex}}` : `\\u${hex}`);
}

/**
 * Text without characters that cannot be seen, move a terminal's cursor or change the direction of writing: each of
 * them is replaced.
 *
 * @param show the replacement of a code point. Default an escape as JavaScript writes it, such as `\n` or `\u202e`
 * @example
 * ```ts
 * printable("a\u202eb"); // "a\\u202eb"
 * ```
 */
export function printable(text: string, show: (codePoint: number) => string = escapeOf): string {
  return text.replace(UNSEEN, (one) => show(one.codePointAt(0) ?? 0));
}
