import {
  type AuthStrategy,
  encodePublicKey,
  formatReference,
  HandleError,
  type PublicKeyJwk,
  quoteForMessage,
  type ValueReference,
  type WireRequest,
} from "@handlekit/core";
import { readIdentity, readOrigins } from "../options.ts";
import { createOriginSession, type OriginSession } from "./origin-session.ts";
import type { Signer } from "./signer.ts";

/** What {@link createSessionAuth} needs. */
export interface SessionAuthOptions {
  /** The user, `index:prefix/suffix`, naming an HS_SECKEY or HS_PUBKEY value; index 0 for any of them. */
  readonly identity: string | ValueReference;
  /** What answers the server's challenges. */
  readonly signer: Signer;
  /** The https addresses of the servers it may log in to; each has a session of its own. */
  readonly origins: readonly string[];
  /** Makes each server prove, at every login, to have the private half of this RSA key, before it is answered. */
  readonly verifyServer?: { readonly publicKey: PublicKeyJwk };
  /** The path of the sessions API on each origin. Default `/api/sessions`. */
  readonly sessionsPath?: string;
  /** How long a login, or logging out, may take in all, in milliseconds. Default 10000. */
  readonly timeout?: number;
  /** Random bytes for the client's nonce. Default the platform's. */
  readonly random?: (length: number) => Uint8Array;
}

const LONGEST_TIMEOUT = 2 ** 31 - 1;

function readTimeout(timeout: number): number {
  if (timeout > 0 && timeout <= LONGEST_TIMEOUT) return timeout;
  throw new HandleError("invalid_options", {
    message: "The timeout of the login must be a number of milliseconds above 0.",
  });
}

function readPath(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  const base = "https://h";
  if (URL.canParse(trimmed, base) && new URL(trimmed, base).pathname === trimmed) return trimmed;
  throw new HandleError("invalid_options", {
    message: `${quoteForMessage(path)} is not the path of a sessions API.`,
    hint: "It begins with a slash, such as /api/sessions.",
  });
}

function assertServerKey(key: PublicKeyJwk): void {
  if (key.kty !== "RSA") {
    throw new HandleError("not_supported", { message: "Only an RSA key can be used to check a server." });
  }
  encodePublicKey(key);
}

/**
 * The strategy that logs in once and then sends only the id of its session: the secret or private key never leaves,
 * and the server checks a signature once, not with every request.
 *
 * Any number of requests share one login; it has a time-out of its own and is not ended with a request that waits for
 * it, so `context.send` must not end it either. When the server has forgotten the session, the request is sent again
 * after one new login, which answers the challenge of the refusal. A failed login fails the requests that waited for
 * it; the next request tries anew. `close` logs out through the `send` of the latest request, and ignores a failure to;
 * close the strategy before the transport.
 *
 * @throws HandleError `invalid_reference` for a user that is not `index:prefix/suffix`, `invalid_options` for no
 *   origin, a bad time-out or path, `not_supported` for a server key that is not RSA and `invalid_value` for one that
 *   has no numbers, `insecure_connection` for an origin that is not https. Requests fail with `authentication_failed` when the login is refused, `timeout`,
 *   `aborted`, `insecure_connection` when the server does not prove itself or is not one of the origins, `invalid_key`,
 *   `not_supported` when it has no sessions, `protocol_error`, `server_busy`, `server_error`, `strategy_failed` when a
 *   signer of your own fails
 * @example
 * ```ts
 * const strategy = createSessionAuth({
 *   identity: "300:20.500.12345/USER1",
 *   signer: createSecretKeySigner({ secret: password }),
 *   origins: ["https://handle.example.org:8000"],
 * });
 * ```
 */
export function createSessionAuth(options: SessionAuthOptions): AuthStrategy {
  const identity = readIdentity(options.identity);
  const origins = readOrigins(options.origins);
  const timeout = readTimeout(options.timeout ?? 10_000);
  const path = readPath(options.sessionsPath ?? "/api/sessions");
  const random = options.random ?? ((length) => crypto.getRandomValues(new Uint8Array(length)));
  const serverKey = options.verifyServer?.publicKey;
  if (serverKey) assertServerKey(serverKey);
  const login = { path, identity, signer: options.signer, serverKey, random };
  const sessions = new Map(
    origins.map((origin) => [origin, createOriginSession({ ...login, origin }, timeout)]),
  );

  function sessionFor({ url }: WireRequest): OriginSession {
    const session = URL.canParse(url) ? sessions.get(new URL(url).origin) : undefined;
    if (session) return session;
    throw new HandleError("insecure_connection", {
      message: `A session of ${formatReference(identity)} is not used outside ${origins.join(", ")}.`,
    });
  }

  return {
    scheme: "session",
    origins,
    identity,
    async authenticate(request, context) {
      const authorization = await sessionFor(request).authorization(context);
      return { ...request, headers: { ...request.headers, authorization } };
    },
    settle: (response, sent) => sessionFor(sent).settle(response, sent),
    async close() {
      await Promise.all([...sessions.values()].map((session) => session.close()));
    },
  };
}
