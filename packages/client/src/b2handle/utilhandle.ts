import { encodeBasic } from "@handlekit/auth/wire";
import { encodeUtf8, parseHandle, quoteForMessage, type Secret } from "@handlekit/core";
import { HandleSyntaxError } from "./exceptions.ts";
import { toException } from "./to-exception.ts";

const INDEX = /^(\d+):(.*)$/s;

function noReference(text: string, why: string): HandleSyntaxError {
  return new HandleSyntaxError(`${quoteForMessage(String(text))} is not index:prefix/suffix: ${why}.`, {
    handle: text,
    expectedSyntax: "index:prefix/suffix",
  });
}

/**
 * Checks that a text is a handle: with a slash, and something before it and after it. Colons in the suffix and `hdl:`
 * in front are fine; an index is not.
 *
 * @param handle such as `20.500.12345/abc`
 * @throws HandleSyntaxError
 * @example
 * ```ts
 * checkHandleSyntax("20.500.12345/urn:abc"); // true
 * ```
 */
export function checkHandleSyntax(handle: string): true {
  const expectedSyntax = "prefix/suffix";
  if (typeof handle !== "string") throw new HandleSyntaxError("No handle was given.", { expectedSyntax });
  try {
    const { suffix } = parseHandle(handle);
    if (suffix !== "" && !suffix.startsWith("/")) return true;
  } catch (error) {
    throw toException(error, { handle });
  }
  throw new HandleSyntaxError(`${quoteForMessage(handle)} is not a handle: its suffix is empty.`, {
    handle,
    expectedSyntax,
  });
}

/**
 * Checks that a text is a handle with an index before it, as users are written.
 *
 * @param handleWithIndex such as `300:20.500.12345/USER1`
 * @throws HandleSyntaxError
 * @example
 * ```ts
 * checkHandleSyntaxWithIndex("300:20.500.12345/USER1"); // true
 * ```
 */
export function checkHandleSyntaxWithIndex(handleWithIndex: string): true {
  const handle = INDEX.exec(handleWithIndex)?.[2];
  if (handle === undefined) throw noReference(handleWithIndex, "no whole number and colon stand before it");
  return checkHandleSyntax(handle);
}

/**
 * Takes the index off a handle.
 *
 * @param handleWithIndex with an index or without
 * @returns the index, null when there is none, and the handle
 * @throws HandleSyntaxError when what stands before the first colon of the prefix is no index
 * @example
 * ```ts
 * removeIndexFromHandle("300:20.500.12345/USER1"); // [300, "20.500.12345/USER1"]
 * ```
 */
export function removeIndexFromHandle(
  handleWithIndex: string,
): readonly [index: number | null, handle: string] {
  const [, index, handle = handleWithIndex] = INDEX.exec(handleWithIndex) ?? [];
  const prefix = handle.replace(/^(hdl|doi):/i, "").split("/", 1)[0] ?? "";
  if (prefix.includes(":")) throw noReference(handleWithIndex, "one index and one colon may stand before it");
  return [index === undefined ? null : Number(index), handle];
}

/**
 * The text that follows `Basic ` in a login: base64 of the user, percent-encoded, a colon, and the password as it is.
 *
 * @param username `index:prefix/suffix`
 * @param password what HS_SECKEY holds
 * @example
 * ```ts
 * createAuthenticationString("300:20.500.12345/USER1", password);
 * ```
 */
export function createAuthenticationString(username: string, password: string | Secret): string {
  const key = typeof password === "string" ? encodeUtf8(password) : password.reveal();
  return encodeBasic(username, key).slice("Basic ".length);
}
