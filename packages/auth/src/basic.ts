import {
  type AuthStrategy,
  formatReference,
  HandleError,
  type Secret,
  type ValueReference,
} from "@handlekit/core";
import { readIdentity, readOrigins, readSecret } from "./options.ts";
import { encodeBasic } from "./wire/basic.ts";

/** What {@link createBasicAuth} needs. */
export interface BasicAuthOptions {
  /** The user, `index:prefix/suffix`, naming an HS_SECKEY value. */
  readonly identity: string | ValueReference;
  /** Its secret. */
  readonly password: string | Secret;
  /** The https addresses of the servers it may be sent to. */
  readonly origins: readonly string[];
}

/**
 * The strategy for a user name and password (HS_SECKEY) in a Basic header.
 *
 * @throws HandleError `invalid_reference` for a user that is not `index:prefix/suffix`, `invalid_options` for an
 *   empty password or no origin, `insecure_connection` for an origin that is not https
 * @example
 * ```ts
 * const strategy = createBasicAuth({
 *   identity: "300:20.500.12345/USER1", password, origins: ["https://handle.example.org:8000"],
 * });
 * ```
 * @see RFC 7617
 */
export function createBasicAuth(options: BasicAuthOptions): AuthStrategy {
  const identity = readIdentity(options.identity);
  const password = readSecret(options.password);
  if (password.reveal().length === 0) {
    throw new HandleError("invalid_options", {
      message: `The password of ${formatReference(identity)} is empty.`,
    });
  }
  const authorization = encodeBasic(identity, password.reveal());
  return {
    scheme: "basic",
    origins: readOrigins(options.origins),
    identity,
    authenticate: (request) => ({ ...request, headers: { ...request.headers, authorization } }),
  };
}
