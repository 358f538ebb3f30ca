/** A position in a text, line and column counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * Returns the line and column of an offset. `\n`, `\r` and `\r\n` end a line; a character outside of the basic plane is
 * one column.
 *
 * @param offset in UTF-16 units, as `String.prototype.indexOf` returns it
 * @example
 * ```ts
 * placeOf("a\nbc", 3); // { line: 2, column: 2 }
 * ```
 */
export function placeOf(text: string, offset: number): Place {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length, column: Array.from(lines.at(-1) ?? "").length + 1 };
}
