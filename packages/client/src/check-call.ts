import { checkArgument, checkOptions, invalidOptions, type OptionKind } from "@handlekit/core";

/** The kinds of optional options, for `checkOptions`. */
export const TEXT = ["string", "undefined"] as const;
export const NUMBER = ["number", "undefined"] as const;
export const FLAG = ["boolean", "undefined"] as const;
export const LIST = ["array", "undefined"] as const;
export const OBJECT = ["object", "undefined"] as const;
export const FUNCTION = ["function", "undefined"] as const;

/** The kinds that each option of a call may have. */
export type OptionRules = Readonly<Record<string, readonly OptionKind[]>>;

/**
 * Checks the options of a call, and that its signal is an AbortSignal.
 *
 * @throws HandleError `invalid_options`
 */
export function checkCallOptions(caller: string, options: unknown, rules: OptionRules = {}): void {
  checkOptions(caller, options, rules);
  const { signal } = options as { readonly signal?: { readonly addEventListener?: unknown } };
  checkArgument(caller, "the option signal", signal, OBJECT);
  if (signal !== undefined && typeof signal.addEventListener !== "function") {
    throw invalidOptions(
      `${caller}: the option signal is not an AbortSignal.`,
      "If it is an AbortController, give its signal.",
    );
  }
}

/**
 * Refuses options that other calls have and this one does not: to ignore one, such as `dryRun`, could do harm.
 *
 * @throws HandleError `invalid_options`
 */
export function refuseOptions(caller: string, options: object, ...names: readonly string[]): void {
  const given = options as Readonly<Record<string, unknown>>;
  const name = names.find((each) => given[each] !== undefined);
  if (name !== undefined) throw invalidOptions(`${caller} has no option ${name}; nothing was done.`);
}

/**
 * Checks the kinds of the items of a list.
 *
 * @throws HandleError `invalid_options`
 */
export function checkItems(
  caller: string,
  what: string,
  items: readonly unknown[] | undefined,
  kinds: readonly OptionKind[],
): void {
  items?.forEach((item, i) => {
    checkArgument(caller, `${what}[${i}]`, item, kinds);
  });
}

/**
 * Checks something to iterate over. A text is refused: its items would be its characters.
 *
 * @throws HandleError `invalid_options`
 */
export function checkIterable(caller: string, what: string, value: unknown): void {
  checkArgument(caller, what, value, ["array", "object"]);
  const given = value as object;
  if (Symbol.iterator in given || Symbol.asyncIterator in given) return;
  throw invalidOptions(`${caller}: ${what} cannot be iterated.`, "Give an array, a generator or a stream.");
}

/**
 * Checks a whole number.
 *
 * @throws HandleError `invalid_options`
 */
export function checkCount(
  caller: string,
  what: string,
  value: number | undefined,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): void {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw invalidOptions(`${caller}: ${what} must be a whole number ${range}.`);
}

/**
 * Checks that an object of named members is not something else: a promise, a Map or another iterable has no members
 * that could be read, and would pass as an empty one.
 *
 * @throws HandleError `invalid_options`
 */
export function checkPlainObject(caller: string, what: string, value: object): void {
  if ("then" in value && typeof value.then === "function") {
    throw invalidOptions(`${caller}: ${what} is a promise.`, "Await it first.");
  }
  if (Symbol.iterator in value) {
    throw invalidOptions(
      `${caller}: ${what} must be an array or a plain object.`,
      "Convert a Map with Object.fromEntries, other iterables with Array.from.",
    );
  }
}
