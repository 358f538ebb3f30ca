import { HandleError } from "@handlekit/core";

/** Where something stands in a text, both counted from 1; a character outside of the basic plane is one column. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A character that XML 1.0 cannot hold, not even as a reference; half a character (a lone surrogate) is one. */
export const FORBIDDEN: RegExp = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** The place of an offset in UTF-16 units. */
export function placeOf(text: string, offset: number): Place {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length, column: Array.from(lines.at(-1) ?? "").length + 1 };
}

/** `U+0001`, for a message. */
export function nameCharacter(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The error of a text that cannot be read. `what` never holds text of the document. */
export function unreadable(what: string, place: Place, hint?: string): HandleError {
  return new HandleError("invalid_value", {
    message: `The XML cannot be read at line ${place.line}, column ${place.column}: ${what}.`,
    hint,
  });
}
