import {
  checkArgument,
  concatBytes,
  decodeBase64,
  decodeUtf8,
  encodeBase64,
  encodeUtf8,
  formatReference,
  type ValueReference,
} from "@handlekit/core";
import { encodeUser } from "./header-syntax.ts";

/**
 * Returns the value of an Authorization header for a user and a password as they are, separated by a colon.
 *
 * @param user without a colon
 * @param password the secret bytes
 * @example
 * ```ts
 * formatBasic(appId, sharedSecret.reveal()); // "Basic ..."
 * ```
 * @see RFC 7617 section 2
 */
export function formatBasic(user: string, password: Uint8Array): string {
  checkArgument("formatBasic", "user", user, ["string"]);
  checkArgument("formatBasic", "password", password, ["bytes"]);
  return `Basic ${encodeBase64(concatBytes(encodeUtf8(`${user}:`), password))}`;
}

/**
 * Returns the value of an Authorization header as handle servers read it: the user percent-encoded, so that its colon
 * becomes `%3A` and slashes stay, the password as raw bytes.
 *
 * @param user such as `300:20.500.12345/USER1`
 * @param password the secret bytes
 * @throws HandleError `invalid_value` if the user contains a lone surrogate
 * @example
 * ```ts
 * encodeBasic({ index: 300, handle: "20.500.12345/USER1" }, password); // "Basic MzAwJTNB..."
 * ```
 * @see RFC 7617 section 2
 */
export function encodeBasic(user: ValueReference | string, password: Uint8Array): string {
  checkArgument("encodeBasic", "user", user, ["string", "object"]);
  checkArgument("encodeBasic", "password", password, ["bytes"]);
  const name = typeof user === "string" ? user : formatReference(user);
  return formatBasic(encodeUser(name).replace(/%2F/g, "/"), password);
}

/** User and password of a Basic header. */
export interface BasicCredentials {
  /** The user, percent-decoded; plus signs are kept. */
  readonly user: string;
  readonly password: Uint8Array;
}

/**
 * Reads a Basic header: characters outside base64 are ignored; the bytes are split at the first colon, the user is
 * percent-decoded, the password left as it is.
 *
 * @param header the value of the Authorization header, the scheme in any case
 * @returns undefined when it is not Basic or not base64, has no colon, or its user is not UTF-8
 * @see RFC 7617 section 2
 */
export function decodeBasic(header: string): BasicCredentials | undefined {
  checkArgument("decodeBasic", "header", header, ["string"]);
  const [, encoded] = /^basic +(.+)$/i.exec(header) ?? [];
  // Handle.Net ignores characters outside base64.
  const bytes = encoded === undefined ? undefined : decodeBase64(encoded.replace(/[^\w+/-]/g, ""));
  const colon = bytes?.indexOf(0x3a) ?? -1;
  if (bytes === undefined || colon < 0) return undefined;
  const user = decodeUtf8(bytes.subarray(0, colon));
  try {
    return user === undefined
      ? undefined
      : { user: decodeURIComponent(user), password: bytes.subarray(colon + 1) };
  } catch {
    return undefined;
  }
}
