import {
  type AuthStrategy,
  checkArgument,
  checkOptions,
  encodePublicKey,
  formatReference,
  HandleError,
  invalidOptions,
  type PublicKeyJwk,
  parseUrl,
  type ValueReference,
  type WireRequest,
} from "@handlekit/core";
import { readIdentity, readOrigins } from "../options.ts";
import { createOriginSession, type OriginSession } from "./origin-session.ts";
import type { Signer } from "./signer.ts";

/** Options of {@link createSessionAuth}. */
export interface SessionAuthOptions {
  /** The user, `index:prefix/suffix`, whose index is that of an HS_SECKEY or HS_PUBKEY value; index 0 for any of them. */
  readonly identity: string | ValueReference;
  /** Answers the server's challenges. */
  readonly signer: Signer;
  /** The https addresses of the servers that it may log in to; each has a session of its own. */
  readonly origins: readonly string[];
  /** An RSA key: each server must prove at every login, before it gets an answer, that it has the private key. */
  readonly verifyServer?: { readonly publicKey: PublicKeyJwk } | undefined;
  /** The path of the sessions API on each origin. Default `/api/sessions`. */
  readonly sessionsPath?: string | undefined;
  /** The time-out of a login, and of logging out, in milliseconds. Default 10000. */
  readonly timeout?: number | undefined;
  /** Returns random bytes for the client's nonce. Default the platform's. */
  readonly random?: ((length: number) => Uint8Array) | undefined;
}

const CALLER = "createSessionAuth";
const MAX_TIMER = 2 ** 31 - 1;

function checkSessionOptions(options: SessionAuthOptions): void {
  checkOptions(CALLER, options, {
    signer: ["object"],
    verifyServer: ["object", "undefined"],
    sessionsPath: ["string", "undefined"],
    timeout: ["number", "undefined"],
    random: ["function", "undefined"],
  });
  const { signer, verifyServer } = options;
  checkArgument(CALLER, "the option signer.type", signer.type, ["string"]);
  if (signer.type !== "HS_SECKEY" && signer.type !== "HS_PUBKEY") {
    throw invalidOptions(`${CALLER}: the option signer.type must be "HS_SECKEY" or "HS_PUBKEY".`);
  }
  checkArgument(CALLER, "the option signer.alg", signer.alg, ["string"]);
  checkArgument(CALLER, "the option signer.sign", signer.sign, ["function"]);
  checkArgument(CALLER, "the option signer.parameters", signer.parameters, ["object", "undefined"]);
  if (verifyServer) {
    checkArgument(CALLER, "the option verifyServer.publicKey", verifyServer.publicKey, ["object"]);
  }
}

function readTimeout(timeout: number): number {
  if (timeout > 0 && timeout <= MAX_TIMER) return timeout;
  throw invalidOptions(
    `${CALLER}: the option timeout must be a number of milliseconds above 0, at most ${MAX_TIMER}.`,
  );
}

function readPath(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  if (parseUrl(trimmed, "https://h")?.pathname === trimmed && !trimmed.startsWith("//")) return trimmed;
  throw invalidOptions(
    `${CALLER}: the option sessionsPath is not the path of a URL.`,
    "It begins with a slash, such as /api/sessions.",
  );
}

function checkServerKey(key: PublicKeyJwk): void {
  if (key.kty !== "RSA") {
    throw new HandleError("not_supported", {
      message: "The server can only be verified with an RSA key.",
      hint: "Leave out verifyServer for a server with another key.",
    });
  }
  encodePublicKey(key);
}

/**
 * Creates the strategy that logs in once and then sends only the id of its session: the secret or private key is never
 * sent, and the server verifies one signature per session instead of one per request.
 *
 * All requests share one login. It has its own time-out and is not aborted with a request that waits for it, so
 * `context.send` must not abort it either. If the server no longer knows the session, the strategy logs in once more by
 * answering the challenge of the refusal, and the request is sent again. A failed login fails all requests that wait for
 * it; the next request tries again. `close` logs out through the `send` of the latest request and ignores failures;
 * close the strategy before the transport.
 *
 * @throws HandleError `invalid_options` for an option that is missing, of the wrong type or out of range,
 *   `invalid_reference` for a user that is neither `index:prefix/suffix` nor a handle, `not_supported` for a server key
 *   that is not RSA and `invalid_value` for one that lacks its numbers, `insecure_connection` for an origin that is not
 *   https. Requests fail with `authentication_failed` when the login is refused, `timeout`, `aborted`,
 *   `insecure_connection` when the server does not prove its identity or is not one of the origins, `invalid_key`,
 *   `not_supported` when it has no sessions, `protocol_error`, `server_busy`, `server_error`, `strategy_failed` when a
 *   custom signer fails
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
  checkSessionOptions(options);
  const identity = readIdentity(CALLER, options.identity);
  const origins = readOrigins(CALLER, options.origins);
  const timeout = readTimeout(options.timeout ?? 10_000);
  const path = readPath(options.sessionsPath ?? "/api/sessions");
  const random = options.random ?? ((length) => crypto.getRandomValues(new Uint8Array(length)));
  const serverKey = options.verifyServer?.publicKey;
  if (serverKey) checkServerKey(serverKey);
  const login = { path, identity, signer: options.signer, serverKey, random };
  const sessions = new Map(
    origins.map((origin) => [origin, createOriginSession({ ...login, origin }, timeout)]),
  );

  function sessionFor({ url }: WireRequest): OriginSession {
    const session = sessions.get(parseUrl(url)?.origin ?? "");
    if (session) return session;
    throw new HandleError("insecure_connection", {
      message: `The session of ${formatReference(identity)} is for ${origins.join(", ")}, and is not used for another server.`,
      hint: "Add the server to the option origins if you trust it.",
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
