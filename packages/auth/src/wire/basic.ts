import {
  decodeBase64,
  decodeUtf8,
  encodeBase64,
  encodeUtf8,
  formatReference,
  type ValueReference,
} from "@handlekit/core";

/**
 * The value of an Authorization header for a user and a password: the user percent-encoded, so that its colon
 * becomes `%3A` and slashes stay, the password as raw bytes.
 *
 * @param identity who, such as `300:20.500.12345/USER1`
 * @param password the secret bytes
 * @example
 * ```ts
 * encodeBasic({ index: 300, handle: "20.500.12345/USER1" }, password); // "Basic MzAwJTNB..."
 * ```
 * @see RFC 7617 section 2
 */
export function encodeBasic(identity: ValueReference, password: Uint8Array): string {
  const user = encodeUtf8(`${encodeURIComponent(formatReference(identity)).replace(/%2F/g, "/")}:`);
  const bytes = new Uint8Array(user.length + password.length);
  bytes.set(user);
  bytes.set(password, user.length);
  return `Basic ${encodeBase64(bytes)}`;
}

/** What a Basic header holds. */
export interface BasicCredentials {
  /** The user, percent-decoded; plus signs are kept. */
  readonly user: string;
  readonly password: Uint8Array;
}

/**
 * Reads a Basic header: characters that are no base64 passed over, split at the first colon, the user percent-decoded, the password left as it is.
 *
 * @param header the value of the Authorization header, the scheme in any case
 * @returns undefined when it is not Basic, no bytes in base64, has no colon, or its user is not UTF-8
 * @see RFC 7617 section 2
 */
export function decodeBasic(header: string): BasicCredentials | undefined {
  const [, encoded] = /^basic +(.+)$/i.exec(header) ?? [];
  // Handle.Net passes over what is no base64.
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
