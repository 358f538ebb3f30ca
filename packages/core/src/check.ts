import { invalidOptions } from "./error.ts";

/** The kinds of values that {@link checkOptions} distinguishes. */
export type OptionKind =
  | "string"
  | "number"
  | "boolean"
  | "function"
  | "array"
  | "bytes"
  | "object"
  | "undefined";

const ARTICLES: Readonly<Record<OptionKind, string>> = {
  string: "a string",
  number: "a number",
  boolean: "true or false",
  function: "a function",
  array: "an array",
  bytes: "a Uint8Array",
  object: "an object",
  undefined: "undefined",
};

function kindOf(value: unknown): OptionKind | "null" | "bigint" | "symbol" {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return value instanceof Uint8Array ? "bytes" : typeof value;
}

/** Returns the name of a value's kind for a message, such as "an array". */
function nameOf(value: unknown): string {
  const kind = kindOf(value);
  return kind === "boolean" ? "a boolean" : kind in ARTICLES ? ARTICLES[kind as OptionKind] : kind;
}

/**
 * Checks the kind of one argument. TypeScript does so at compile time; plain JavaScript gets an error in words.
 *
 * @param caller the public function, such as `createBasicAuth`
 * @param what the argument in words, such as `the option origins` or `handle`
 * @param kinds the kinds that are allowed; "undefined" if it may be left out
 * @throws HandleError `invalid_options` that names the caller and the argument, and never shows its value
 * @example
 * ```ts
 * checkArgument("readText", "handle", handle, ["string"]);
 * ```
 */
export function checkArgument(
  caller: string,
  what: string,
  value: unknown,
  kinds: readonly OptionKind[],
): void {
  const kind = kindOf(value);
  if ((kinds as readonly string[]).includes(kind) && !(kind === "number" && Number.isNaN(value))) return;
  const wanted = kinds.filter((each) => each !== "undefined").map((each) => ARTICLES[each]);
  const given = value === undefined ? "missing" : Number.isNaN(value) ? "NaN" : nameOf(value);
  throw invalidOptions(`${caller}: ${what} is ${given}; it must be ${wanted.join(" or ")}.`);
}

/** {@link checkArgument} for text, in functions that are called often. */
export function checkText(caller: string, what: string, value: unknown): void {
  if (typeof value !== "string") checkArgument(caller, what, value, ["string"]);
}

/** {@link checkArgument} for bytes, in functions that are called often. */
export function checkBytes(caller: string, what: string, value: unknown): void {
  if (!(value instanceof Uint8Array)) checkArgument(caller, what, value, ["bytes"]);
}

/** {@link checkArgument} for objects, in functions that are called often. */
export function checkObject(caller: string, what: string, value: unknown): void {
  if (typeof value !== "object" || value === null) checkArgument(caller, what, value, ["object"]);
}

/** {@link checkArgument} for lists and streams. A text is refused, although it can be iterated. */
export function checkIterable(caller: string, what: string, value: unknown): void {
  if (typeof value === "object" && value !== null) {
    if (Symbol.iterator in value || Symbol.asyncIterator in value) return;
  }
  const given = value === undefined ? "missing" : nameOf(value);
  throw invalidOptions(`${caller}: ${what} is ${given}; it must be an array or another iterable.`);
}

/**
 * Checks the kinds of a function's options, as {@link checkArgument} checks one argument.
 *
 * @param caller the public function, such as `createBasicAuth`
 * @param options the object that it was given
 * @param rules the kinds that each option may have, with "undefined" if it may be left out
 * @throws HandleError `invalid_options` that names the caller and the option, and never shows its value
 * @example
 * ```ts
 * checkOptions("createBasicAuth", options, { identity: ["string", "object"], origins: ["array"] });
 * ```
 */
export function checkOptions(
  caller: string,
  options: unknown,
  rules: Readonly<Record<string, readonly OptionKind[]>>,
): void {
  checkArgument(caller, "its options argument", options, ["object"]);
  for (const [name, kinds] of Object.entries(rules)) {
    checkArgument(caller, `the option ${name}`, (options as Record<string, unknown>)[name], kinds);
  }
}
