import { HandleError } from "./error.ts";
import { foldCase, LONE_SURROGATE, prefixOf, quoteForMessage } from "./handle.ts";

/** One value of one handle, written `300:20.500.12345/USER1`; as an identity, the key at that index. */
export interface ValueReference {
  /** The handle, `prefix/suffix`. */
  readonly handle: string;
  /** 1 or more; 0 stands for "whichever index fits". */
  readonly index: number;
}

/** The largest index: indexes are signed 32-bit integers in the protocol. */
export const MAX_INDEX = 0x7fffffff;

/**
 * Reads `index:prefix/suffix`. Digits before the first colon are the index; a text without them is a handle with index 0.
 *
 * @param text the reference
 * @throws HandleError `invalid_reference` when the handle has no slash, no prefix or no UTF-8 form, or the index is over 2147483647
 * @example
 * ```ts
 * parseReference("300:0.NA/20.500.12345"); // { index: 300, handle: "0.NA/20.500.12345" }
 * ```
 */
export function parseReference(text: string): ValueReference {
  const digits = /^(\d+):/.exec(text);
  const index = digits ? Number(digits[1]) : 0;
  const handle = digits ? text.slice(digits[0].length) : text;
  if (index > MAX_INDEX) {
    throw new HandleError("invalid_reference", {
      message: `${quoteForMessage(text)} has an index over ${MAX_INDEX}.`,
    });
  }
  if (handle.indexOf("/") < 1 || LONE_SURROGATE.test(handle)) {
    throw new HandleError("invalid_reference", {
      message: `${quoteForMessage(text)} is not of the form index:prefix/suffix.`,
      hint: "For example 300:20.500.12345/USER1, or 300:0.NA/20.500.12345.",
    });
  }
  return { index, handle };
}

/**
 * The reference as one text, `index:handle`.
 *
 * @example
 * ```ts
 * formatReference({ index: 300, handle: "20.500.12345/USER1" }); // "300:20.500.12345/USER1"
 * ```
 */
export function formatReference(reference: ValueReference): string {
  return `${reference.index}:${reference.handle}`;
}

/**
 * True when an identity is the one a reference in HS_ADMIN, HS_VLIST or a list of server administrators names:
 * the prefix equal but for ASCII case, the suffix exactly equal, and the reference's index 0 or the identity's.
 * An identity of index 0 is not matched by a reference with an index.
 *
 * @param reference what the record says
 * @param identity who was authenticated
 * @example
 * ```ts
 * const admin = { index: 0, handle: "TEST/USER" };
 * matchesReference(admin, { index: 300, handle: "test/USER" }); // true
 * matchesReference(admin, { index: 300, handle: "TEST/user" }); // false
 * ```
 */
export function matchesReference(reference: ValueReference, identity: ValueReference): boolean {
  if (reference.index !== 0 && reference.index !== identity.index) return false;
  const prefix = prefixOf(reference.handle);
  const other = prefixOf(identity.handle);
  return (
    reference.handle.slice(prefix.length) === identity.handle.slice(other.length) &&
    foldCase(prefix) === foldCase(other)
  );
}

/**
 * The identity a client certificate names: the UID of its subject, else the CN, as `index:handle` or a handle alone.
 *
 * @param subject the attributes of the certificate's subject; of a repeated one the first counts
 * @returns undefined when there is neither, or it is not a reference
 * @example
 * ```ts
 * subjectIdentity({ CN: "300:20.500.12345/USER1" }); // { index: 300, handle: "20.500.12345/USER1" }
 * ```
 */
export function subjectIdentity(subject: {
  readonly UID?: string | readonly string[] | undefined;
  readonly CN?: string | readonly string[] | undefined;
}): ValueReference | undefined {
  const attribute = subject.UID ?? subject.CN;
  const text = typeof attribute === "string" ? attribute : attribute?.[0];
  if (text === undefined) return undefined;
  try {
    return parseReference(text);
  } catch {
    return undefined;
  }
}
