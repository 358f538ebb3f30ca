import { hasLoneSurrogate, invalidValue } from "@handlekit/core";

/** Sticky patterns of HTTP's header grammar, for {@link createScanner}. */
export const TOKEN: RegExp = /[-!#$%&'*+.^_`|~0-9A-Za-z]+/y;
export const QUOTED: RegExp = /"(?:[^"\\]|\\.)*"/sy;
export const GAP: RegExp = /[ \t]*/y;
export const COMMA: RegExp = /[ \t]*(?:,[ \t]*)+/y;
export const UP_TO_COMMA: RegExp = /[^,]*/y;

/** Reads a header from left to right. */
export interface Scanner {
  /** True at the end of the text. */
  done(): boolean;
  /** Returns the text that the sticky pattern matches here, and moves past it; undefined when it does not match. */
  take(pattern: RegExp): string | undefined;
  /** Moves past one character if it is this one, and returns whether it is. */
  takeIf(character: string): boolean;
}

/** Creates a scanner at the beginning of the text. */
export function createScanner(text: string): Scanner {
  let at = 0;
  return {
    done: () => at >= text.length,
    take(pattern) {
      pattern.lastIndex = at;
      const found = pattern.exec(text)?.[0];
      at += found?.length ?? 0;
      return found;
    },
    takeIf(character) {
      const found = text[at] === character;
      if (found) at++;
      return found;
    },
  };
}

/** Returns a text as a quoted string. */
export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** Returns the text of a quoted string. */
export function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gs, "$1");
}

/**
 * Percent-encodes a user as UTF-8.
 *
 * @throws HandleError `invalid_value` for a lone surrogate, which UTF-8 cannot encode
 */
export function encodeUser(user: string): string {
  if (!hasLoneSurrogate(user)) return encodeURIComponent(user);
  throw invalidValue(
    "The user contains half of a surrogate pair, which cannot be sent.",
    "Write the user as index:prefix/suffix, such as 300:20.500.12345/USER1.",
  );
}
