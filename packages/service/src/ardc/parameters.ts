import { MAX_INDEX } from "@handlekit/core";
import { findForbidden } from "@handlekit/xml";
import { type ArdcFailure, fail } from "./answer.ts";

/** The parameters of one request, by their names. */
export type Parameters = Readonly<Partial<Record<string, string>>>;

/**
 * Reads parameters of a query. Of a repeated one the first counts.
 *
 * @returns a failure if a parameter contains a character that XML cannot, or is not UTF-8
 */
export function readParameters(query: URLSearchParams, names: readonly string[]): Parameters | ArdcFailure {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = query.get(name);
    if (value === null) continue;
    const forbidden = findForbidden(value);
    if (forbidden !== undefined) {
      return fail(`The parameter ${name} contains the character ${forbidden.name}, which XML cannot contain`);
    }
    // URLSearchParams decodes bytes that are not UTF-8 to this character.
    if (value.includes("\ufffd")) return fail(`The parameter ${name} is not UTF-8`);
    found[name] = value;
  }
  return found;
}

/** Returns true if a text is empty after Java's `trim`. */
export function isBlank(text: string): boolean {
  return /^[\0- ]*$/.test(text);
}

/** Parses an index as Java parses an int, with signs and leading zeros. Returns undefined if it is not one. */
export function readIndex(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const number = Number(text);
  return number >= -MAX_INDEX - 1 && number <= MAX_INDEX ? number : undefined;
}

/** Creates the failure for a type other than URL and DESC. */
export function typeNotSupported(type: string): ArdcFailure {
  return fail(`The handle type: ${type} is not supported by this service`);
}
