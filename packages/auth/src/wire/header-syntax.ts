/** The parts of HTTP's header grammar, sticky: for {@link createScanner}. */
export const TOKEN: RegExp = /[-!#$%&'*+.^_`|~0-9A-Za-z]+/y;
export const QUOTED: RegExp = /"(?:[^"\\]|\\.)*"/sy;
export const GAP: RegExp = /[ \t]*/y;
export const COMMA: RegExp = /[ \t]*(?:,[ \t]*)+/y;
export const UP_TO_COMMA: RegExp = /[^,]*/y;

/** Reads a header from left to right. */
export interface Scanner {
  /** True at the end of the text. */
  done(): boolean;
  /** What the sticky pattern matches here, which is passed; undefined, and nothing passed, when it does not. */
  take(pattern: RegExp): string | undefined;
  /** Passes one character if it is this one. */
  takeIf(character: string): boolean;
}

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

/** A text as a quoted string. */
export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** The text of a quoted string. */
export function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gs, "$1");
}
