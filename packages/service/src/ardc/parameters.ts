import { MAX_INDEX } from "@handlekit/core";
import { type ArdcFailure, fail } from "./answer.ts";

/** Characters that XML cannot hold, and the mark that decoding leaves where bytes were not UTF-8. */
const UNUSABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffc\u{10000}-\u{10ffff}]/u;

/** The parameters of one request: of each name the first. */
export type Parameters = Readonly<Partial<Record<string, string>>>;

/**
 * The parameters of some names, percent-encoding undone as UTF-8 and each plus a space.
 *
 * @returns a failure when one of them could not be shown again, or was not sent as UTF-8
 */
export function readParameters(query: URLSearchParams, names: readonly string[]): Parameters | ArdcFailure {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = query.get(name);
    if (value === null) continue;
    const [unusable] = UNUSABLE.exec(value) ?? [];
    if (unusable === "\ufffd") return fail(`The parameter ${name} is not UTF-8`);
    if (unusable !== undefined) {
      const code = (unusable.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
      return fail(`The parameter ${name} holds the character U+${code}, which XML cannot hold`);
    }
    found[name] = value;
  }
  return found;
}

/** True for what is empty when Java has trimmed it. */
export function isBlank(text: string): boolean {
  return /^[\0- ]*$/.test(text);
}

/** An index as Java reads an int, signs and leading zeros included; undefined when it is none. */
export function readIndex(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const number = Number(text);
  return number >= -MAX_INDEX - 1 && number <= MAX_INDEX ? number : undefined;
}

/** The refusal of a type other than URL and DESC. */
export function typeNotSupported(type: string): ArdcFailure {
  return fail(`The handle type: ${type} is not supported by this service`);
}
