import { type AuthStrategy, checkOptions, type Secret, type ValueReference } from "@handlekit/core";
import { readIdentity, readOrigins, readPassword } from "./options.ts";
import { encodeBasic } from "./wire/basic.ts";

/** Options of {@link createBasicAuth}. */
export interface BasicAuthOptions {
  /**
   * The user, `index:prefix/suffix`, whose index is that of an HS_SECKEY value. A handle alone has index 0, which stands
   * for each of its HS_SECKEY values.
   */
  readonly identity: string | ValueReference;
  /** The data of that value. */
  readonly password: string | Secret;
  /** The https addresses of the servers that it may be sent to. */
  readonly origins: readonly string[];
}

/**
 * Creates the strategy for a user and password (HS_SECKEY) in a Basic header.
 *
 * @throws HandleError `invalid_options` for an option that is missing, of the wrong type or empty, `invalid_reference`
 *   for a user that is neither `index:prefix/suffix` nor a handle, `insecure_connection` for an origin that is not https
 * @example
 * ```ts
 * const strategy = createBasicAuth({
 *   identity: "300:20.500.12345/USER1", password, origins: ["https://handle.example.org:8000"],
 * });
 * ```
 * @see RFC 7617
 */
export function createBasicAuth(options: BasicAuthOptions): AuthStrategy {
  const caller = "createBasicAuth";
  checkOptions(caller, options, {});
  const identity = readIdentity(caller, options.identity);
  const password = readPassword(caller, "password", options.password);
  const origins = readOrigins(caller, options.origins);
  const authorization = encodeBasic(identity, password.reveal());
  return {
    scheme: "basic",
    origins,
    identity,
    authenticate: (request) => ({ ...request, headers: { ...request.headers, authorization } }),
  };
}
