import { checkArgument, checkObject, checkText } from "./check.ts";
import { HandleError } from "./error.ts";
import { foldCase, prefixOf, quoteForMessage } from "./handle.ts";
import { hasLoneSurrogate } from "./printable.ts";

/** A value of a handle, written `300:20.500.12345/USER1`. As an identity, it is the key at that index. */
export interface ValueReference {
  /** The handle, `prefix/suffix`. */
  readonly handle: string;
  /** 1 or more; 0 stands for any index. */
  readonly index: number;
}

/** The maximum index: indexes are signed 32-bit integers in the Handle protocol. */
export const MAX_INDEX = 0x7fffffff;

/** Checks a reference that a public function was given. */
export function checkReference(caller: string, what: string, reference: ValueReference): void {
  checkObject(caller, what, reference);
  checkText(caller, `${what}.handle`, reference.handle);
  if (typeof reference.index !== "number") {
    checkArgument(caller, `${what}.index`, reference.index, ["number"]);
  }
}

/**
 * Parses `index:prefix/suffix`. Digits before the first colon are the index; a text without them is a handle with index 0.
 *
 * @param text the reference
 * @throws HandleError `invalid_reference` if the handle has no slash, no prefix or a lone surrogate, or if the index is
 *   greater than 2147483647; `invalid_options` if `text` is not a string
 * @example
 * ```ts
 * parseReference("300:0.NA/20.500.12345"); // { index: 300, handle: "0.NA/20.500.12345" }
 * ```
 */
export function parseReference(text: string): ValueReference {
  checkText("parseReference", "text", text);
  const digits = /^(\d+):/.exec(text);
  const index = digits ? Number(digits[1]) : 0;
  const handle = digits ? text.slice(digits[0].length) : text;
  if (index > MAX_INDEX) {
    throw new HandleError("invalid_reference", {
      message: `The index in ${quoteForMessage(text)} is greater than ${MAX_INDEX}.`,
      hint: "Check the number before the first colon.",
    });
  }
  if (handle.indexOf("/") < 1 || hasLoneSurrogate(handle)) {
    throw new HandleError("invalid_reference", {
      message: `${quoteForMessage(text)} is not of the form index:prefix/suffix.`,
      hint: "For example 300:20.500.12345/USER1, or 300:0.NA/20.500.12345.",
    });
  }
  return { index, handle };
}

/**
 * Returns a reference as one text, `index:handle`.
 *
 * @example
 * ```ts
 * formatReference({ index: 300, handle: "20.500.12345/USER1" }); // "300:20.500.12345/USER1"
 * ```
 */
export function formatReference(reference: ValueReference): string {
  checkReference("formatReference", "reference", reference);
  return `${reference.index}:${reference.handle}`;
}

/**
 * Returns true if a reference in HS_ADMIN, HS_VLIST or a list of server administrators names an identity: the prefix is
 * equal except for the case of ASCII letters, the suffix is exactly equal, and the index of the reference is 0 or that
 * of the identity. A reference with an index does not match an identity with index 0.
 *
 * @param reference the entry of the record
 * @param identity the authenticated identity
 * @example
 * ```ts
 * const admin = { index: 0, handle: "TEST/USER" };
 * matchesReference(admin, { index: 300, handle: "test/USER" }); // true
 * matchesReference(admin, { index: 300, handle: "TEST/user" }); // false
 * ```
 */
export function matchesReference(reference: ValueReference, identity: ValueReference): boolean {
  checkObject("matchesReference", "reference", reference);
  checkObject("matchesReference", "identity", identity);
  if (reference.index !== 0 && reference.index !== identity.index) return false;
  // Folding the case of ASCII letters keeps the length.
  if (reference.handle.length !== identity.handle.length) return false;
  const prefix = prefixOf(reference.handle);
  const other = prefixOf(identity.handle);
  return (
    reference.handle.slice(prefix.length) === identity.handle.slice(other.length) &&
    foldCase(prefix) === foldCase(other)
  );
}

/**
 * Returns the identity in the subject of a client certificate: its UID, else its CN, as `index:handle` or a handle alone.
 *
 * @param subject the attributes of the certificate's subject; if one is repeated, the first counts
 * @returns undefined if there is neither, or if it is not a reference
 * @example
 * ```ts
 * subjectIdentity({ CN: "300:20.500.12345/USER1" }); // { index: 300, handle: "20.500.12345/USER1" }
 * ```
 */
export function subjectIdentity(subject: {
  readonly UID?: string | readonly string[] | undefined;
  readonly CN?: string | readonly string[] | undefined;
}): ValueReference | undefined {
  checkObject("subjectIdentity", "subject", subject);
  const attribute = subject.UID ?? subject.CN;
  const text = typeof attribute === "string" ? attribute : attribute?.[0];
  if (text === undefined) return undefined;
  try {
    return parseReference(text);
  } catch {
    return undefined;
  }
}
