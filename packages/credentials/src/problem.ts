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

function at(source: string, place?: Place): string {
  return place ? `${source}:${place.line}:${place.column}` : source;
}

/** `credentials.json:3:14: what`, or `credentials.json: what`. */
export function locate(source: string, what: string, place?: Place): string {
  return `${at(source, place)}: ${what}`;
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

/** Says what is wrong with a source of settings by the names of its fields. */
export interface Reporter {
  readonly warnings: readonly string[];
  /** What the source calls a field: the key of a document, or the variable. */
  name(field: string): string;
  /** Where the field was found: `credentials.json:3:14`, or the variable. */
  where(field: string): string;
  warn(what: string, field?: string): void;
  /** The error to throw. */
  fail(what: string, field: string, hint?: string): HandleError;
}

/**
 * A reporter for one document or environment.
 *
 * @param source what to call it
 * @param written where the value of each field stands; or the variable that each field is read from
 * @param first warnings that are there already
 */
export function createReporter(
  source: string,
  written:
    | { readonly places: ReadonlyMap<string, { readonly place: Place }> }
    | { readonly variables: Readonly<Record<string, string>> },
  first: readonly string[] = [],
): Reporter {
  const warnings = [...first];
  const placeOfField = (field?: string) =>
    field !== undefined && "places" in written ? written.places.get(field)?.place : undefined;
  const variable = (field: string) => ("variables" in written ? written.variables[field] : undefined);
  return {
    warnings,
    name: (field) => variable(field) ?? field,
    where: (field) => variable(field) ?? at(source, placeOfField(field)),
    warn: (what, field) => {
      warnings.push(locate(source, what, placeOfField(field)));
    },
    fail: (what, field, hint) => problem(source, what, { place: placeOfField(field), hint }),
  };
}

/** A text for people: control characters could move the cursor of a terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}

/** `"a"`, `"a" and "b"`, `"a", "b" and "c"`. */
export function listNames(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  return [quoted.slice(0, -1).join(", "), ...quoted.slice(-1)].filter((part) => part !== "").join(" and ");
}
