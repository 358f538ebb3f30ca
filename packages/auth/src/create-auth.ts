import {
  type ArdcCredentials,
  type AuthStrategy,
  type Credentials,
  checkArgument,
  checkOptions,
  HandleError,
  invalidOptions,
  type Secret,
} from "@handlekit/core";
import { createArdcAuth } from "./ardc.ts";
import { createBasicAuth } from "./basic.ts";
import { createClientCertificateAuth } from "./client-certificate.ts";
import { createPrivateKeySigner } from "./session/private-key-signer.ts";
import { createSecretKeySigner } from "./session/secret-key-signer.ts";
import { createSessionAuth } from "./session/session-auth.ts";

/** The members of credentials that {@link createAuth} reads; the shared secret may be text. */
export interface AuthCredentials extends Pick<Credentials, "login" | "server"> {
  readonly ardc?:
    | (Omit<ArdcCredentials, "sharedSecret"> & { readonly sharedSecret?: string | Secret | undefined })
    | undefined;
}

/** Options of {@link createAuth}. */
export interface CreateAuthOptions {
  /** The kind of service: a handle server, or ARDC's Handle service. Default `handle`. */
  readonly for?: "handle" | "ardc" | undefined;
  /** Whether to log in to a session instead of proving the identity with each request; handle servers only. Default false. */
  readonly session?: boolean | undefined;
  /** The https addresses that the strategy is for. Default the server of the credentials; required for `ardc`. */
  readonly origins?: readonly string[] | undefined;
}

function ardcAuth(account: NonNullable<AuthCredentials["ardc"]>, origins: readonly string[]): AuthStrategy {
  const { appId, sharedSecret, identifier, authDomain } = account;
  if (!appId || !identifier || !authDomain) {
    const missing = Object.entries({ appId, identifier, authDomain }).filter(([, value]) => !value);
    throw new HandleError("invalid_credentials", {
      message: `The ARDC credentials have no ${missing.map(([name]) => name).join(" and no ")}.`,
      hint: "The service requires appId, identifier and authDomain, and the shared secret unless it knows this computer's address.",
    });
  }
  return createArdcAuth({ appId, sharedSecret, identifier, authDomain, origins });
}

/** Keys of a credentials document, which loaded credentials do not have. */
const DOCUMENT_KEYS = ["username", "password", "private_key", "certificate_only", "handle_server_url"];

function checkCredentials(credentials: AuthCredentials): void {
  checkArgument("createAuth", "credentials", credentials, ["object"]);
  if (DOCUMENT_KEYS.some((key) => key in credentials)) {
    throw invalidOptions(
      "createAuth: credentials is a document that has not been loaded.",
      "Read it with loadCredentials or parseCredentials of @handlekit/credentials.",
    );
  }
  const { login, server, ardc } = credentials;
  checkArgument("createAuth", "credentials.login", login, ["object", "undefined"]);
  checkArgument("createAuth", "credentials.server", server, ["string", "undefined"]);
  checkArgument("createAuth", "credentials.ardc", ardc, ["object", "undefined"]);
  if (login && login.kind !== "password" && login.kind !== "certificate") {
    throw invalidOptions('createAuth: credentials.login.kind must be "password" or "certificate".');
  }
}

/**
 * Creates the strategy for credentials: Basic for a password, a client certificate for a certificate, a session for
 * either if `session` is true, and the account of ARDC's service for `ardc`.
 *
 * @param credentials as `loadCredentials` of `@handlekit/credentials` returns them
 * @returns undefined when the credentials have no login of that kind; reading needs none
 * @throws HandleError `invalid_options` for an argument that is missing or of the wrong type, or when there are neither
 *   origins nor a server; `invalid_credentials` when a part of an ARDC account is missing, or the certificate for a
 *   session names no identity; and what the factories of the strategies throw
 * @example
 * ```ts
 * const strategy = createAuth(await loadCredentials("credentials.json"));
 * ```
 */
export function createAuth(
  credentials: AuthCredentials,
  options: CreateAuthOptions = {},
): AuthStrategy | undefined {
  checkCredentials(credentials);
  checkOptions("createAuth", options, {
    for: ["string", "undefined"],
    session: ["boolean", "undefined"],
    origins: ["array", "undefined"],
  });
  const { login, server, ardc } = credentials;
  const kind = options.for ?? "handle";
  if (kind !== "handle" && kind !== "ardc") {
    throw invalidOptions('createAuth: the option for must be "handle" or "ardc".');
  }
  if (kind === "ardc") {
    if (ardc === undefined) return undefined;
    if (options.session) {
      throw invalidOptions(
        "createAuth: the option session cannot be true for ardc.",
        "The ARDC service has no sessions.",
      );
    }
    if (options.origins === undefined) {
      throw invalidOptions(
        "createAuth: the option origins is missing.",
        "Name the address of the ARDC service, such as https://demo.identifiers.ardc.edu.au.",
      );
    }
    return ardcAuth(ardc, options.origins);
  }
  if (login === undefined) return undefined;
  const origins = options.origins ?? (server === undefined ? undefined : [server]);
  if (origins === undefined) {
    throw invalidOptions(
      "createAuth: the option origins is missing, and the credentials name no server either.",
      "Name the server in the credentials (handle_server_url), or give its address in origins.",
    );
  }
  if (login.kind === "password") {
    const { identity, password } = login;
    return options.session
      ? createSessionAuth({ identity, signer: createSecretKeySigner({ secret: password }), origins })
      : createBasicAuth({ identity, password, origins });
  }
  const { certificate, key, identity } = login;
  if (!options.session) return createClientCertificateAuth({ tls: { certificate, key }, identity, origins });
  if (identity === undefined) {
    throw new HandleError("invalid_credentials", {
      message: "The client certificate names no identity, which a session requires.",
      hint: "Its subject must have the UID or CN index:prefix/suffix.",
    });
  }
  return createSessionAuth({ identity, signer: createPrivateKeySigner({ key }), origins });
}
