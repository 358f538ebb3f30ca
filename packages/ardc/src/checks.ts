import {
  checkArgument,
  checkOptions,
  invalidOptions,
  invalidValue,
  MAX_INDEX,
  normalizeHandle,
  type OptionKind,
  parseUrl,
  quoteForMessage,
} from "@handlekit/core";
import { findForbidden } from "@handlekit/xml";

/**
 * Checks the options of a call, of which `signal` is always one.
 *
 * @throws HandleError `invalid_options`
 */
export function checkCallOptions(
  caller: string,
  options: { readonly signal?: AbortSignal | undefined },
  rules: Readonly<Record<string, readonly OptionKind[]>> = {},
): void {
  checkOptions(caller, options, { ...rules, signal: ["object", "undefined"] });
  if (options.signal !== undefined && typeof options.signal.aborted !== "boolean") {
    throw invalidOptions(
      `${caller}: the option signal is not an AbortSignal.`,
      "Give the signal of an AbortController, not the controller itself.",
    );
  }
}

/**
 * Returns a handle in its usual form, without `hdl:`.
 *
 * @throws HandleError `invalid_options` for anything but a string, `invalid_handle` for a malformed handle
 */
export function readHandle(caller: string, what: string, text: string): string {
  checkArgument(caller, what, text, ["string"]);
  return normalizeHandle(text);
}

/**
 * Returns a value unchanged. Rejects values that the service refuses, and those that it could store but never return.
 *
 * @throws HandleError `invalid_options` for anything but a string, `invalid_value` for an unusable one
 */
export function checkValue(caller: string, what: string, value: string): string {
  checkArgument(caller, what, value, ["string"]);
  if (value.trim() === "") throw invalidValue("The value is empty or blank.");
  const found = findForbidden(value);
  if (found === undefined) return value;
  throw invalidValue(
    `Character ${found.position} of the value is ${found.name}, which the service cannot give back.`,
    "Leave control characters out.",
  );
}

/**
 * Returns an index as the service takes it. The service itself says which indexes are reserved.
 *
 * @throws HandleError `invalid_options` for anything but a number, `invalid_value` for a number that cannot be an index
 */
export function checkIndex(caller: string, what: string, index: number): string {
  checkArgument(caller, what, index, ["number"]);
  if (Number.isInteger(index) && index >= 0 && index <= MAX_INDEX) return String(index);
  throw invalidValue(`The index ${index} is not a whole number from 0 to ${MAX_INDEX}.`);
}

/**
 * Returns the address of the services without trailing slashes.
 *
 * @throws HandleError `invalid_options`
 */
export function checkUrl(text: string): string {
  const url = parseUrl(text);
  const http = url?.protocol === "https:" || url?.protocol === "http:";
  if (!url || !http || url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    // A user name in it may come with a password.
    const shown = text.includes("@") ? "" : `, ${quoteForMessage(text)},`;
    throw invalidOptions(
      `The url of the ARDC service${shown} is not a plain https address.`,
      "For example https://demo.identifiers.ardc.edu.au/pids, without user name, query and fragment.",
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
