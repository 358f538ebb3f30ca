import { checkArgument, checkOptions, invalidOptions, isHandleError } from "@handlekit/core";
import type { LocationAttributes } from "@handlekit/loc";
import { checkItems, LIST, type OptionRules } from "../check-call.ts";
import type { HandleRecordJson } from "./handle-record.ts";

/** Members by name. */
export type Named = Readonly<Record<string, unknown>>;

/** Returns true for an object that is neither null nor an array. */
export function isObject(value: unknown): value is Named {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the letters of a name, by which Python's `additional_URLs` is `additionalURLs`. */
const lettersOf = (name: string) => name.replace(/[^a-z]/gi, "").toLowerCase();

/**
 * Reads options. An unknown one is an error, because in Python it would be a keyword argument; null is Python's None.
 *
 * @param hint where other keyword arguments belong
 * @returns the options that are neither null nor undefined
 * @throws HandleError `invalid_options` that names the option
 */
export function readOptions(caller: string, options: object, rules: OptionRules, hint?: string): Named {
  checkArgument(caller, "its options argument", options, ["object"]);
  const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== null);
  const known = Object.keys(rules);
  for (const [name] of given) {
    if (known.includes(name)) continue;
    const meant = known.find((each) => lettersOf(each) === lettersOf(name));
    throw invalidOptions(
      `${caller}: there is no option ${name}.`,
      meant === undefined ? hint : `It is written ${meant}.`,
    );
  }
  checkOptions(caller, Object.fromEntries(given), rules);
  return Object.fromEntries(given);
}

/** @throws HandleError `invalid_options` if there are arguments that a method does not take */
export function refuseMore(caller: string, others: readonly unknown[], hint?: string): void {
  if (others.length > 0) throw invalidOptions(`${caller}: there are too many arguments.`, hint);
}

/**
 * Checks key-value pairs; in Python other arguments precede them.
 *
 * @param others the arguments that are options here
 * @throws HandleError `invalid_options`
 */
export function checkPairs(caller: string, pairs: unknown, others: string): void {
  try {
    checkArgument(caller, "pairs", pairs, ["array", "object"]);
  } catch (error) {
    if (!isHandleError(error)) throw error;
    throw invalidOptions(error.message, `It comes second: ${caller}(handle, { TYPE: data }, { ${others} }).`);
  }
}

/**
 * Reads URLs, one by one or in lists, and the attributes that may follow them.
 *
 * @throws HandleError `invalid_options`
 */
export function readUrls(
  caller: string,
  given: readonly unknown[],
  attributes: "with attributes" | "alone",
): { readonly urls: readonly string[]; readonly attributes: LocationAttributes } {
  const last = given.at(-1);
  const hasAttributes = attributes === "with attributes" && given.length > 1 && isObject(last);
  const listed = hasAttributes ? given.slice(0, -1) : given;
  if (listed.length === 0)
    throw invalidOptions(`${caller}: urls is missing; it must be a string or an array.`);
  for (const item of listed) checkArgument(caller, "urls", item, ["string", "array"]);
  const urls = listed.flat();
  checkItems(caller, "urls", urls, ["string"]);
  return { urls: urls as string[], attributes: hasAttributes ? (last as LocationAttributes) : {} };
}

/** Checks a record that was read before; null stands for none. @throws HandleError `invalid_options` */
export function checkRecord(caller: string, record: HandleRecordJson | null | undefined): void {
  if (record === null || record === undefined) return;
  checkArgument(caller, "handlerecordJson", record, ["object"]);
  checkArgument(caller, "handlerecordJson.handle", record.handle, ["string"]);
  checkArgument(caller, "handlerecordJson.values", record.values, LIST);
}
