import { checkArgument, HandleError, type OptionKind, type Place } from "@handlekit/core";

/** The maximum size of a credentials file, and of a file that it names: 1 MiB. */
export const MAX_SIZE = 1_048_576;

function at(source: string, place?: Place): string {
  return place ? `${source}:${place.line}:${place.column}` : source;
}

/** Returns `credentials.json:3:14: what`, or `credentials.json: what`. */
export function locate(source: string, what: string, place?: Place): string {
  return `${at(source, place)}: ${what}`;
}

/** The error for a document, a variable or a file. `what` and `hint` must not contain text of a document. */
export function invalidCredentials(
  source: string,
  what: string,
  details: { place?: Place | undefined; hint?: string | undefined } = {},
): HandleError {
  return new HandleError("invalid_credentials", {
    message: locate(source, what, details.place),
    hint: details.hint,
  });
}

/** Reports about the fields of one document or environment, by their names there. */
export interface Reporter {
  readonly warnings: readonly string[];
  /** Returns the name of a field: the key of the document, or the variable. */
  name(field: string): string;
  /** Returns where the field was found: `credentials.json:3:14`, or the variable. */
  where(field: string): string;
  warn(what: string, field?: string): void;
  /** Returns the error to throw. */
  fail(what: string, field: string, hint?: string): HandleError;
}

/**
 * Creates a reporter for one document or environment.
 *
 * @param source its name in messages
 * @param written the position of each field's value, or the variable of each field
 * @param first the warnings so far
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
    fail: (what, field, hint) => invalidCredentials(source, what, { place: placeOfField(field), hint }),
  };
}

/** Returns `"a"`, `"a" and "b"`, or `"a", "b" and "c"`. */
export function listNames(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  return [quoted.slice(0, -1).join(", "), ...quoted.slice(-1)].filter((part) => part !== "").join(" and ");
}

/** Returns an object without the keys whose value is undefined. */
export function omitUndefined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

/**
 * Checks the kinds of an argument's members, which plain JavaScript may have got wrong.
 *
 * @throws HandleError `invalid_options` that names the caller and the member
 */
export function checkMembers(
  caller: string,
  what: string,
  value: unknown,
  rules: Readonly<Record<string, readonly OptionKind[]>>,
): void {
  checkArgument(caller, what, value, ["object"]);
  for (const [name, kinds] of Object.entries(rules)) {
    checkArgument(caller, `${what}.${name}`, (value as Record<string, unknown>)[name], kinds);
  }
}
