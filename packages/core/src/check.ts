import { HandleError } from "./error.ts";

/** The kinds of values that {@link checkOptions} tells apart. */
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

/** The name of a kind for a message, such as "an array". */
function nameOf(value: unknown): string {
  const kind = kindOf(value);
  return kind === "boolean" ? "a boolean" : kind in ARTICLES ? ARTICLES[kind as OptionKind] : kind;
}

/**
 * The error for an option, an argument or a combination of them that cannot be used.
 *
 * @example
 * ```ts
 * throw invalidOptions("createBasicAuth: the option password is empty.", "Give the text of the HS_SECKEY value.");
 * ```
 */
export function invalidOptions(message: string, hint?: string): HandleError {
  return new HandleError("invalid_options", { message, hint });
}

/**
 * Checks the kind of one argument, which plain JavaScript may have got wrong.
 *
 * @param caller the public function, such as `createBasicAuth`
 * @param what the argument in words, such as `the option origins` or `handle`
 * @param kinds the kinds that are allowed; "undefined" for what may be left out
 * @throws HandleError `invalid_options` that names caller and argument, and never shows its value
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

/**
 * Checks the options of a function, which plain JavaScript may have got wrong.
 *
 * @param caller the public function, such as `createBasicAuth`
 * @param options the object it was given
 * @param rules the kinds that each option may have; "undefined" among them for an option that may be left out
 * @throws HandleError `invalid_options` that names caller and option, and never shows its value
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
