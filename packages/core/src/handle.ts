import { HandleError } from "./error.ts";
import { printable } from "./printable.ts";

/** A handle taken apart at its first slash. */
export interface Handle {
  /** The part before the first slash, such as `20.500.12345`. */
  readonly prefix: string;
  /** Everything after it; slashes, colons and white space are legal, and it may be empty. */
  readonly suffix: string;
}

const MAX_QUOTED = 80;

/**
 * Text for an error message: quoted, cut when long, with escapes for characters that cannot be seen or change the
 * direction of writing.
 *
 * @example
 * ```ts
 * quoteForMessage("a\nb"); // '"a\\nb"'
 * ```
 */
export function quoteForMessage(text: string): string {
  const quoted = JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
  return printable(quoted);
}

function invalid(text: string, why: string, hint: string): HandleError {
  return new HandleError("invalid_handle", {
    message: `${quoteForMessage(text)} is not a handle: ${why}.`,
    hint,
  });
}

/** A lone surrogate, which has no UTF-8 form. */
export const LONE_SURROGATE: RegExp = /\p{Surrogate}/u;
const RESOLVERS = new Set(["hdl.handle.net", "doi.org", "dx.doi.org", "www.doi.org"]);

/** The handle in an address of a public resolver, or of the REST API of any server; undefined for other addresses. */
function handleInUrl(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return undefined;
  }
  const api = /\/api\/handles\/(.*)$/.exec(url.pathname)?.[1];
  const path = api ?? (RESOLVERS.has(url.hostname.toLowerCase()) ? url.pathname.slice(1) : undefined);
  try {
    return path === undefined ? undefined : decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function withoutScheme(text: string): string {
  if (/^(hdl|doi):/i.test(text)) return text.slice(4);
  return /^https?:\/\//i.test(text) ? (handleInUrl(text) ?? text) : text;
}

/**
 * Reads a handle as people write it: `20.500.12345/abc`, `hdl:20.500.12345/abc`, `doi:10.1000/182`, or the address of a
 * public resolver or a REST API with the handle in it. Case is kept.
 *
 * @param text the handle
 * @throws HandleError `invalid_handle` when there is no slash, no prefix, a colon in the prefix, or text that has no UTF-8 form
 * @example
 * ```ts
 * parseHandle("hdl:20.500.12345/a:b/c"); // { prefix: "20.500.12345", suffix: "a:b/c" }
 * parseHandle("https://hdl.handle.net/20.500.12345/a%20b"); // { prefix: "20.500.12345", suffix: "a b" }
 * ```
 */
export function parseHandle(text: string): Handle {
  const bare = withoutScheme(text);
  const slash = bare.indexOf("/");
  if (slash < 0)
    throw invalid(text, "it has no slash", "A handle is prefix/suffix, for example 20.500.12345/abc.");
  const prefix = bare.slice(0, slash);
  if (prefix === "") throw invalid(text, "the prefix before the slash is empty", "Write prefix/suffix.");
  if (/^\d+:/.test(prefix)) {
    throw invalid(
      text,
      "it begins with an index",
      `That is the form of a user, index:prefix/suffix; the handle alone is ${quoteForMessage(bare.slice(bare.indexOf(":") + 1))}.`,
    );
  }
  if (prefix.includes(":")) {
    throw invalid(
      text,
      `the prefix ${quoteForMessage(prefix)} has a colon`,
      "Give the handle alone, without a scheme.",
    );
  }
  if (LONE_SURROGATE.test(bare))
    throw invalid(text, "it holds half a character", "Check how the text was cut.");
  return { prefix, suffix: bare.slice(slash + 1) };
}

/**
 * The handle as one text, `prefix/suffix`.
 *
 * @example
 * ```ts
 * formatHandle({ prefix: "20.500.12345", suffix: "abc" }); // "20.500.12345/abc"
 * ```
 */
export function formatHandle(handle: Handle): string {
  return `${handle.prefix}/${handle.suffix}`;
}

/**
 * Reads a handle in any form that {@link parseHandle} takes and gives it back as `prefix/suffix`. Case is kept.
 *
 * @throws HandleError `invalid_handle` when {@link parseHandle} would
 * @example
 * ```ts
 * normalizeHandle("HDL:20.500.12345/Abc"); // "20.500.12345/Abc"
 * ```
 */
export function normalizeHandle(text: string): string {
  return formatHandle(parseHandle(text));
}

/**
 * The part of a handle before its first slash; the whole of it when there is none.
 *
 * @example
 * ```ts
 * prefixOf("20.500.12345/a/b"); // "20.500.12345"
 * ```
 */
export function prefixOf(handle: string): string {
  const slash = handle.indexOf("/");
  return slash < 0 ? handle : handle.slice(0, slash);
}

/**
 * The handle whose record governs a prefix: `0.NA/20.500.12345`.
 *
 * @param prefix the prefix, such as `20.500.12345`
 * @example
 * ```ts
 * prefixHandle("20.500.12345"); // "0.NA/20.500.12345"
 * ```
 */
export function prefixHandle(prefix: string): string {
  return `0.NA/${prefix}`;
}

/** What a store is keyed by: a handle with ASCII a to z upper-cased, all else untouched. */
export type HandleKey = string & { readonly __handleKey: unique symbol };

/**
 * Upper-cases ASCII a to z and nothing else, as the Handle System folds case.
 *
 * @example
 * ```ts
 * foldCase("straße"); // "STRAßE"
 * ```
 */
export function foldCase(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/**
 * The key a store keeps a handle under. Nothing is checked: a text that is no handle has a key, too.
 *
 * @example
 * ```ts
 * handleKey("20.500.12345/Abc-é"); // "20.500.12345/ABC-é"
 * ```
 */
export function handleKey(handle: string): HandleKey {
  return foldCase(handle) as HandleKey;
}

/**
 * True when two handles name the same record: equal but for the case of ASCII letters.
 *
 * @example
 * ```ts
 * sameHandle("20.500.12345/abc", "20.500.12345/ABC"); // true
 * ```
 */
export function sameHandle(a: string, b: string): boolean {
  return a === b || handleKey(a) === handleKey(b);
}
