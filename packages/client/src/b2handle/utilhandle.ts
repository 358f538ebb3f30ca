import { encodeBasic } from "@handlekit/auth/wire";
import {
  checkArgument,
  encodeUtf8,
  invalidOptions,
  isHandleError,
  parseHandle,
  quoteForMessage,
  type Secret,
} from "@handlekit/core";
import { HandleSyntaxError } from "./exceptions.ts";
import { toException, withExceptions } from "./to-exception.ts";

const INDEX = /^(\d+):(.*)$/s;

function noReference(text: string, why: string): HandleSyntaxError {
  return new HandleSyntaxError(`${quoteForMessage(text)} is not index:prefix/suffix: ${why}.`, {
    handle: text,
    expectedSyntax: "index:prefix/suffix",
  });
}

/** @throws HandleSyntaxError, whose cause is the HandleError `invalid_options`, for anything but text */
function assertText(caller: string, what: string, value: unknown, expectedSyntax: string): void {
  try {
    checkArgument(caller, what, value, ["string"]);
  } catch (cause) {
    if (!isHandleError(cause)) throw cause;
    throw new HandleSyntaxError(cause.message, { expectedSyntax, cause });
  }
}

/** Checks the handle of a method as {@link checkHandleSyntax} does. */
export function assertHandle(handle: string, caller: string): true {
  const expectedSyntax = "prefix/suffix";
  assertText(caller, "handle", handle, expectedSyntax);
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
 * Checks that a text is a handle: a slash, and text before and after it. The suffix may have colons, and `hdl:` may
 * precede the handle; an index may not.
 *
 * @param handle such as `20.500.12345/abc`
 * @throws HandleSyntaxError
 * @example
 * ```ts
 * checkHandleSyntax("20.500.12345/urn:abc"); // true
 * ```
 */
export function checkHandleSyntax(handle: string): true {
  return assertHandle(handle, "checkHandleSyntax");
}

/**
 * Checks that a text is an index and a handle, the form of users.
 *
 * @param handleWithIndex such as `300:20.500.12345/USER1`
 * @throws HandleSyntaxError
 * @example
 * ```ts
 * checkHandleSyntaxWithIndex("300:20.500.12345/USER1"); // true
 * ```
 */
export function checkHandleSyntaxWithIndex(handleWithIndex: string): true {
  assertText("checkHandleSyntaxWithIndex", "handleWithIndex", handleWithIndex, "index:prefix/suffix");
  const handle = INDEX.exec(handleWithIndex)?.[2];
  if (handle === undefined)
    throw noReference(handleWithIndex, "a whole number and a colon must precede the handle");
  return checkHandleSyntax(handle);
}

/**
 * Removes the index from a handle.
 *
 * @param handleWithIndex with or without an index
 * @returns the index, or null if there is none, and the handle
 * @throws HandleSyntaxError if the text before the first colon of the prefix is not an index
 * @example
 * ```ts
 * removeIndexFromHandle("300:20.500.12345/USER1"); // [300, "20.500.12345/USER1"]
 * ```
 */
export function removeIndexFromHandle(
  handleWithIndex: string,
): readonly [index: number | null, handle: string] {
  assertText("removeIndexFromHandle", "handleWithIndex", handleWithIndex, "index:prefix/suffix");
  const [, index, handle = handleWithIndex] = INDEX.exec(handleWithIndex) ?? [];
  const prefix = handle.replace(/^(hdl|doi):/i, "").split("/", 1)[0] ?? "";
  if (prefix.includes(":"))
    throw noReference(handleWithIndex, "only one index and one colon may precede the handle");
  return [index === undefined ? null : Number(index), handle];
}

/**
 * Returns the text after `Basic ` in an Authorization header: base64 of the percent-encoded user, a colon, and the
 * password as it is.
 *
 * @param username `index:prefix/suffix`
 * @param password the data of the HS_SECKEY value
 * @throws GenericHandleError for an argument of the wrong kind
 * @example
 * ```ts
 * createAuthenticationString("300:20.500.12345/USER1", password);
 * ```
 */
export function createAuthenticationString(username: string, password: string | Secret): string {
  withExceptions(() => {
    checkArgument("createAuthenticationString", "username", username, ["string"]);
    checkArgument("createAuthenticationString", "password", password, ["string", "object"]);
    if (typeof password === "object" && typeof password.reveal !== "function") {
      throw invalidOptions("createAuthenticationString: password is neither a string nor a Secret.");
    }
  });
  const key = typeof password === "string" ? encodeUtf8(password) : password.reveal();
  return encodeBasic(username, key).slice("Basic ".length);
}
