import { type Place, placeOf } from "@handlekit/core";
import { createScanner, type Node, type ParseError, parseTree } from "jsonc-parser";
import { invalidCredentials, locate, MAX_SIZE } from "../report.ts";
import { describeJsonError } from "./describe-json-error.ts";
import { straightenQuotes } from "./straighten-quotes.ts";

const MAX_DEPTH = 64;

/** One entry of the object: its value, and the position of the value. */
export interface JsonEntry {
  readonly value: unknown;
  readonly place: Place;
}

/** The entries of a JSON object in their order, and warnings. */
export interface JsonObject {
  readonly entries: ReadonlyMap<string, JsonEntry>;
  readonly warnings: readonly string[];
}

/** Returns the offset of the first bracket that is nested too deeply for a recursive parser. */
function tooDeepAt(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  let token = "";
  do {
    scanner.scan();
    token = text.slice(scanner.getTokenOffset(), scanner.getPosition());
    if (token === "{" || token === "[") depth++;
    if (token === "}" || token === "]") depth--;
    if (depth > MAX_DEPTH) return scanner.getTokenOffset();
  } while (scanner.getPosition() < text.length);
  return undefined;
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The parser's own message would quote the text.
  }
}

/**
 * Reads the JSON object of a credentials document. Typographic quotes are read as plain ones.
 *
 * @param source the name of the text in messages
 * @param known keys that messages may name
 * @throws HandleError `invalid_credentials` when it is not one JSON object or a key appears twice in an object
 */
export function readJsonObject(input: string, source: string, known: readonly string[]): JsonObject {
  if (input.length > MAX_SIZE)
    throw invalidCredentials(source, `the text is longer than ${MAX_SIZE} characters`);
  const { text, first } = straightenQuotes(input.startsWith("\uFEFF") ? input.slice(1) : input);
  const fail = (offset: number, what: string) =>
    invalidCredentials(source, what, {
      place: placeOf(text, offset),
      hint: "The text itself is not shown, because it may contain the password.",
    });

  const start = text.search(/[^ \t\r\n]/);
  if (start < 0)
    throw invalidCredentials(source, "the text is empty", { hint: "Write a JSON object: { ... }." });
  if (text.charAt(start) !== "{") throw fail(start, "a JSON object, { ... }, is expected here");
  const deep = tooDeepAt(text);
  if (deep !== undefined) throw fail(deep, `more than ${MAX_DEPTH} brackets are nested here`);

  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [error] = errors;
  if (error) {
    const objectEnd = root ? root.offset + root.length : text.length;
    const { offset, what } = describeJsonError(text, error, { known, objectEnd });
    throw fail(offset, what);
  }
  const value = parseOrUndefined(text);
  if (!root || typeof value !== "object" || value === null) throw fail(start, "this is not valid JSON");

  const refuseTwice = (node: Node): void => {
    const seen = new Map<string, number>();
    for (const child of node.children ?? []) {
      const key: unknown = child.type === "property" ? child.children?.[0]?.value : undefined;
      if (typeof key === "string") {
        const earlier = seen.get(key);
        if (earlier !== undefined) {
          const name = known.includes(key) ? `the key "${key}"` : "this key";
          throw fail(child.offset, `${name} appears twice, first on line ${placeOf(text, earlier).line}`);
        }
        seen.set(key, child.offset);
      }
      refuseTwice(child);
    }
  };
  refuseTwice(root);

  const offsets = new Map(
    root.children?.map((child) => [child.children?.[0]?.value, child.children?.[1]?.offset]),
  );
  const entries = Object.entries(value).map(([key, held]) => {
    const entry: JsonEntry = {
      value: held,
      get place() {
        return placeOf(text, offsets.get(key) ?? start);
      },
    };
    return [key, entry] as const;
  });
  const quotes =
    'typographic quotes (“ ”) are read as plain ones; other programs refuse them, so replace them with "';
  return {
    entries: new Map(entries),
    warnings: first === undefined ? [] : [locate(source, quotes, placeOf(text, first))],
  };
}
