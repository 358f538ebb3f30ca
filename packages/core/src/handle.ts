import { checkObject, checkText } from "./check.ts";
import { HandleError } from "./error.ts";
import { hasLoneSurrogate, printable } from "./printable.ts";
import { parseUrl } from "./url.ts";

/** A handle, split at its first slash. */
export interface Handle {
  /** The part before the first slash, such as `20.500.12345`. */
  readonly prefix: string;
  /** Everything after the first slash. May contain slashes, colons and white space, and may be empty. */
  readonly suffix: string;
}

const MAX_QUOTED = 80;

/**
 * Quotes a text for an error message: cuts it if it is long, and escapes characters that are invisible or change the
 * writing direction.
 *
 * @example
 * ```ts
 * quoteForMessage("a\nb"); // '"a\\nb"'
 * ```
 */
export function quoteForMessage(text: string): string {
  checkText("quoteForMessage", "text", text);
  const quoted = JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
  return printable(quoted);
}

function invalidHandle(text: string, why: string, hint: string): HandleError {
  return new HandleError("invalid_handle", {
    message: `${quoteForMessage(text)} is not a handle: ${why}.`,
    hint,
  });
}

const RESOLVERS = new Set(["hdl.handle.net", "doi.org", "dx.doi.org", "www.doi.org"]);

/** Returns the handle in a URL of a public resolver or of any server's REST API; undefined for other URLs. */
function handleInUrl(text: string): string | undefined {
  const url = parseUrl(text);
  if (url === undefined) return undefined;
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
 * Parses a handle as people write it: `20.500.12345/abc`, `hdl:20.500.12345/abc`, `doi:10.1000/182`, or the URL of a
 * public resolver or a REST API that contains the handle. Case is kept.
 *
 * @param text the handle
 * @throws HandleError `invalid_handle` if there is no slash, no prefix, a colon in the prefix, or a lone surrogate;
 *   `invalid_options` if `text` is not a string
 * @example
 * ```ts
 * parseHandle("hdl:20.500.12345/a:b/c"); // { prefix: "20.500.12345", suffix: "a:b/c" }
 * parseHandle("https://hdl.handle.net/20.500.12345/a%20b"); // { prefix: "20.500.12345", suffix: "a b" }
 * ```
 */
export function parseHandle(text: string): Handle {
  checkText("parseHandle", "text", text);
  const bare = withoutScheme(text);
  const slash = bare.indexOf("/");
  if (slash < 0) {
    throw invalidHandle(text, "it has no slash", "A handle is prefix/suffix, for example 20.500.12345/abc.");
  }
  const prefix = bare.slice(0, slash);
  if (prefix === "")
    throw invalidHandle(text, "the prefix before the slash is empty", "Write prefix/suffix.");
  if (/^\d+:/.test(prefix)) {
    throw invalidHandle(
      text,
      "it begins with an index",
      `Users are written index:prefix/suffix; the handle alone is ${quoteForMessage(bare.slice(bare.indexOf(":") + 1))}.`,
    );
  }
  if (prefix.includes(":")) {
    throw invalidHandle(
      text,
      `the prefix ${quoteForMessage(prefix)} contains a colon`,
      "Give the handle alone, without a scheme.",
    );
  }
  if (hasLoneSurrogate(bare)) {
    throw invalidHandle(text, "it contains a lone surrogate", "Check where the text was cut.");
  }
  return { prefix, suffix: bare.slice(slash + 1) };
}

/**
 * Returns a handle as one text, `prefix/suffix`.
 *
 * @example
 * ```ts
 * formatHandle({ prefix: "20.500.12345", suffix: "abc" }); // "20.500.12345/abc"
 * ```
 */
export function formatHandle(handle: Handle): string {
  checkObject("formatHandle", "handle", handle);
  checkText("formatHandle", "handle.prefix", handle.prefix);
  checkText("formatHandle", "handle.suffix", handle.suffix);
  return `${handle.prefix}/${handle.suffix}`;
}

/**
 * Returns a handle, written in any form that {@link parseHandle} accepts, as `prefix/suffix`. Case is kept.
 *
 * @throws HandleError as {@link parseHandle} does
 * @example
 * ```ts
 * normalizeHandle("HDL:20.500.12345/Abc"); // "20.500.12345/Abc"
 * ```
 */
export function normalizeHandle(text: string): string {
  checkText("normalizeHandle", "text", text);
  return formatHandle(parseHandle(text));
}

/**
 * Returns the part of a handle before its first slash, or all of it if there is none.
 *
 * @example
 * ```ts
 * prefixOf("20.500.12345/a/b"); // "20.500.12345"
 * ```
 */
export function prefixOf(handle: string): string {
  checkText("prefixOf", "handle", handle);
  const slash = handle.indexOf("/");
  return slash < 0 ? handle : handle.slice(0, slash);
}

/**
 * Returns the prefix handle of a prefix, whose record says who may create handles: `0.NA/20.500.12345`.
 *
 * @param prefix the prefix, such as `20.500.12345`
 * @example
 * ```ts
 * prefixHandle("20.500.12345"); // "0.NA/20.500.12345"
 * ```
 */
export function prefixHandle(prefix: string): string {
  checkText("prefixHandle", "prefix", prefix);
  return `0.NA/${prefix}`;
}

/** The key of a record in a store: its handle with ASCII a to z in upper case, and everything else unchanged. */
export type HandleKey = string & { readonly __handleKey: unique symbol };

const PRINTABLE_ASCII = /^[ -~]*$/;

/**
 * Converts ASCII a to z to upper case and nothing else: the case folding of the Handle System.
 *
 * @example
 * ```ts
 * foldCase("straße"); // "STRAßE"
 * ```
 */
export function foldCase(text: string): string {
  checkText("foldCase", "text", text);
  // The case mapping of Unicode is the same for ASCII, and much faster.
  if (PRINTABLE_ASCII.test(text)) return text.toUpperCase();
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/**
 * Returns the key under which a store keeps a handle. Does not check that the text is a handle.
 *
 * @example
 * ```ts
 * handleKey("20.500.12345/Abc-é"); // "20.500.12345/ABC-é"
 * ```
 */
export function handleKey(handle: string): HandleKey {
  checkText("handleKey", "handle", handle);
  return foldCase(handle) as HandleKey;
}

/**
 * Returns true if two handles name the same record: they are equal except for the case of ASCII letters.
 *
 * @example
 * ```ts
 * sameHandle("20.500.12345/abc", "20.500.12345/ABC"); // true
 * ```
 */
export function sameHandle(a: string, b: string): boolean {
  checkText("sameHandle", "a", a);
  checkText("sameHandle", "b", b);
  return a === b || handleKey(a) === handleKey(b);
}
