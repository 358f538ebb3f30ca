import { checkArgument, invalidOptions, quoteForMessage } from "@handlekit/core";
import { uuid7 } from "./mint.ts";

/** The digits of NOID: without vowels, so that no words come about, and without l, which looks like 1. */
const DIGITS = "0123456789bcdfghjkmnpqrstvwxz";

/**
 * Returns the check character of an identifier: the sum of the positions, from 1, times the values of the characters,
 * modulo 29. Characters that are not among the 29 digits have the value 0. It detects every wrong character and every two
 * that changed places, in identifiers with fewer than 29 characters.
 *
 * @param text the identifier without its check character, prefix included, such as `13030/xf93gt2`
 * @throws HandleError `invalid_options` if it is no text
 * @example
 * ```ts
 * noidCheckCharacter("13030/xf93gt2"); // "q"
 * ```
 * @see NOID Check Digit Algorithm (NCDA), J. Kunze
 */
export function noidCheckCharacter(text: string): string {
  checkArgument("noidCheckCharacter", "text", text, ["string"]);
  const sum = Array.from(text, (character, i) => (i + 1) * Math.max(0, DIGITS.indexOf(character)));
  return DIGITS.charAt(sum.reduce((all, one) => all + one, 0) % DIGITS.length);
}

/** Returns a random number from 0 to below `count`, all of them equally often. */
function randomBelow(count: number): number {
  const limit = 256 - (256 % count);
  for (;;) {
    const [byte = 0] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < limit) return byte % count;
  }
}

const GENERATED: Readonly<Record<string, () => string>> = {
  uuid4: () => crypto.randomUUID(),
  uuid7: () => uuid7(),
};
const HINT =
  "In braces stand uuid4, uuid7, or d for each digit and e for each of 29 digits and letters; at the end {...k} adds a check character.";

function generateMask(mask: string): string {
  return Array.from(mask, (each) => DIGITS.charAt(randomBelow(each === "d" ? 10 : DIGITS.length))).join("");
}

/**
 * Returns a generator of suffixes for `mint`, from a pattern: text that stays as it is, with `{uuid4}`, `{uuid7}`, and
 * masks of NOID such as `{eedeedk}` in braces: `d` for a digit, `e` for one of 29 digits and letters, both at random, and
 * at the end of the whole pattern `k` for the check character of the handle.
 *
 * @param prefix the prefix of the handles with what `suffixStart` puts behind it, as the check character is that of the
 *   whole handle
 * @throws HandleError `invalid_options` if the pattern is malformed, or generates nothing
 * @example
 * ```ts
 * await client.mint("20.500.12345", values, { suffix: suffixPattern("scan-{eedeedk}", "20.500.12345") });
 * ```
 */
export function suffixPattern(pattern: string, prefix: string): () => string {
  checkArgument("suffixPattern", "pattern", pattern, ["string"]);
  checkArgument("suffixPattern", "prefix", prefix, ["string"]);
  const refuse = (why: string) => invalidOptions(`The pattern ${quoteForMessage(pattern)} ${why}.`, HINT);
  const parts = pattern.split(/(\{[^{}]*\})/).filter((part) => part !== "");
  const withCheck = parts.at(-1)?.endsWith("k}") === true;
  const makers = parts.map((part, i): (() => string) => {
    const name = part.startsWith("{") && part.endsWith("}") ? part.slice(1, -1) : undefined;
    if (name === undefined) {
      if (/[{}]/.test(part)) throw refuse("has a brace without its other");
      return () => part;
    }
    const generated = Object.hasOwn(GENERATED, name) ? GENERATED[name] : undefined;
    if (generated !== undefined) return generated;
    const mask = withCheck && i === parts.length - 1 ? name.slice(0, -1) : name;
    if (!/^[de]{1,64}$/.test(mask)) throw refuse(`has the unknown part ${quoteForMessage(part)}`);
    return () => generateMask(mask);
  });
  if (!pattern.includes("{")) throw refuse("generates nothing: it has no part in braces");
  const start = prefix.includes("/") ? prefix : `${prefix}/`;
  return () => {
    const suffix = makers.map((make) => make()).join("");
    return withCheck ? `${suffix}${noidCheckCharacter(`${start}${suffix}`)}` : suffix;
  };
}
