import { checkArgument } from "./check.ts";
import { invalidValue } from "./error.ts";

/** Returns true if brackets outside of strings nest deeper than `limit`. */
function isTooDeep(text: string, limit: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // A string: to its end.
        for (i++; i < text.length && text.charCodeAt(i) !== 0x22; i++) {
          if (text.charCodeAt(i) === 0x5c) i++;
        }
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > limit) return true;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
    }
  }
  return false;
}

/**
 * Parses JSON of others. The nesting is measured before anything is parsed: a parser spends seconds and hundreds of
 * megabytes on a few megabytes of brackets. The length is for the caller to limit.
 *
 * @param maxDepth the deepest nesting of arrays and objects. Default 64
 * @throws HandleError `invalid_value` for text that is not JSON or nests deeper; the text is never quoted
 * @example
 * ```ts
 * parseJson('{"responseCode":1}'); // { responseCode: 1 }
 * ```
 */
export function parseJson(text: string, maxDepth = 64): unknown {
  checkArgument("parseJson", "text", text, ["string"]);
  if (isTooDeep(text, maxDepth)) throw invalidValue(`The JSON nests deeper than ${maxDepth}.`);
  try {
    return JSON.parse(text);
  } catch {
    // The error of JSON.parse may quote the text.
    throw invalidValue("The text is not JSON.");
  }
}
