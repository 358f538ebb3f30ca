import { HandleError } from "@handlekit/core";

/** The most a credentials file, or a file it names, may hold: 1 MiB. */
export const MAX_SIZE = 1_048_576;

/** Where something stands in a text, both counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The place of an offset; a character outside of the basic plane counts as one column. */
export function placeOf(text: string, offset: number): Place {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length, column: Array.from(lines.at(-1) ?? "").length + 1 };
}

/** `credentials.json:3:14: what`, or `credentials.json: what`. */
export function locate(source: string, what: string, place?: Place): string {
  return place ? `${source}:${place.line}:${place.column}: ${what}` : `${source}: ${what}`;
}

/** The one error of this package. `what` and `hint` never hold text of the document but names of known keys. */
export function problem(
  source: string,
  what: string,
  details: { place?: Place | undefined; hint?: string | undefined } = {},
): HandleError {
  return new HandleError("invalid_credentials", {
    message: locate(source, what, details.place),
    hint: details.hint,
  });
}

/** Says what is wrong with a document by the names of its fields. */
export interface Reporter {
  readonly warnings: readonly string[];
  warn(what: string, field?: string): void;
  /** The error to throw. */
  fail(what: string, field: string, hint?: string): HandleError;
}

/**
 * A reporter for one document.
 *
 * @param source what to call the document
 * @param places where the value of each field stands
 */
export function createReporter(
  source: string,
  places: ReadonlyMap<string, { readonly place: Place }>,
): Reporter {
  const warnings: string[] = [];
  const placeOfField = (field?: string) => (field === undefined ? undefined : places.get(field)?.place);
  return {
    warnings,
    warn: (what, field) => {
      warnings.push(locate(source, what, placeOfField(field)));
    },
    fail: (what, field, hint) => problem(source, what, { place: placeOfField(field), hint }),
  };
}
