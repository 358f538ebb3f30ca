import {
  encodeBase64,
  encodeUtf8,
  formatReference,
  HandleError,
  isHandleError,
  type PublicKeyJwk,
  quoteForMessage,
  type ValueReference,
  type WireRequest,
  type WireResponse,
} from "@handlekit/core";
import { parseChallenges } from "../wire/challenge.ts";
import { signedBytes } from "../wire/signed-bytes.ts";
import { type OpenChallenge, readAnswer } from "./answer.ts";
import { assertServerProof } from "./server-proof.ts";
import type { Signer } from "./signer.ts";

/** The login of one identity to one server. */
export interface OriginLogin {
  readonly origin: string;
  /** The path of the sessions API. */
  readonly path: string;
  readonly identity: ValueReference;
  readonly signer: Signer;
  /** If given, the server must prove that it has the private key. */
  readonly serverKey: PublicKeyJwk | undefined;
  random(length: number): Uint8Array;
}

type Send = (request: WireRequest) => Promise<WireResponse>;

/** Creates a request to the sessions API. */
export function sessionRequest(
  { origin, path }: OriginLogin,
  method: string,
  content: Readonly<Record<string, string | undefined>> = {},
): WireRequest {
  const hasBody = Object.keys(content).length > 0;
  return {
    method,
    url: `${origin}${path}${method === "POST" ? "" : "/this"}`,
    headers: { accept: "application/json", ...(hasBody ? { "content-type": "application/json" } : {}) },
    body: hasBody ? encodeUtf8(JSON.stringify(content)) : undefined,
  };
}

function serverError(origin: string, { status, headers }: WireResponse): HandleError | undefined {
  if (status < 500 && status !== 429) return undefined;
  const limited = status === 429;
  const busy = status === 503 || limited;
  const seconds = /^\d{1,9}$/.exec(headers["retry-after"]?.trim() ?? "")?.[0];
  const when = seconds === undefined ? "later" : `in ${seconds} s`;
  return new HandleError(busy ? "server_busy" : "server_error", {
    message: `${origin} ${limited ? "refuses logins from this computer for now" : "could not process the login"} (HTTP ${status}).`,
    hint: limited
      ? `Too many logins from here have failed: check the user and its key, and try again ${when}.`
      : `Try again ${when}.`,
    status,
    retryable: true,
  });
}

async function openSession(login: OriginLogin, cnonce: Uint8Array, send: Send): Promise<OpenChallenge> {
  const { origin, path, serverKey } = login;
  const content = serverKey ? { cnonce: encodeBase64(cnonce) } : {};
  const response = await send(sessionRequest(login, "POST", content));
  const { challenge, serverSignature } = readAnswer(response);
  if (!challenge) {
    const missing = response.status === 404 || response.status === 405;
    throw (
      serverError(origin, response) ??
      new HandleError(missing ? "not_supported" : "protocol_error", {
        message: `${origin} did not open a session at ${path} (HTTP ${response.status}).`,
        hint: "Check that this is a Handle.Net server of version 8 or later, or log in with a password or a certificate instead.",
        status: response.status,
      })
    );
  }
  if (serverKey) {
    await assertServerProof(origin, serverKey, signedBytes(challenge.nonce, cnonce), serverSignature);
  }
  return challenge;
}

async function sign({ identity, signer }: OriginLogin, bytes: Uint8Array): Promise<string> {
  try {
    return encodeBase64(await signer.sign(bytes));
  } catch (error) {
    if (isHandleError(error)) throw error;
    throw new HandleError("strategy_failed", {
      message: `The signer of ${formatReference(identity)} failed.`,
      hint: "The cause is the signer's own error.",
      cause: error,
    });
  }
}

const HINTS: Readonly<Record<Signer["type"], string>> = {
  HS_SECKEY:
    "Check the secret, and that the user is index:prefix/suffix with the index of its HS_SECKEY value.",
  HS_PUBKEY: "Check that the private key belongs to the HS_PUBKEY value at the user's index.",
};

/** Returns the server's own error text, if there is one. */
function reasonOf(response: WireResponse): string | undefined {
  const { handle } = parseChallenges(response.headers["www-authenticate"] ?? "");
  return readAnswer(response).error ?? handle?.error;
}

function refusedError({ origin, identity, signer }: OriginLogin, response: WireResponse): HandleError {
  const reason = reasonOf(response);
  const said = reason === undefined ? "" : ` The server says: ${quoteForMessage(reason)}.`;
  return new HandleError("authentication_failed", {
    message: `${origin} did not accept the login as ${formatReference(identity)}.`,
    hint: `${HINTS[signer.type]}${said}`,
    status: response.status,
  });
}

async function answerChallenge(
  login: OriginLogin,
  { sessionId, nonce }: OpenChallenge,
  cnonce: Uint8Array,
  send: Send,
): Promise<WireResponse> {
  const { type, alg, parameters } = login.signer;
  return send(
    sessionRequest(login, "PUT", {
      sessionId,
      id: formatReference(login.identity),
      type,
      cnonce: encodeBase64(cnonce),
      alg,
      signature: await sign(login, signedBytes(nonce, cnonce)),
      salt: parameters && encodeBase64(parameters.salt),
      iterations: parameters?.iterations.toString(),
      length: parameters?.length.toString(),
    }),
  );
}

function succeeded(response: WireResponse): boolean {
  const { authenticated, error } = readAnswer(response);
  return response.status === 200 && authenticated && error === undefined;
}

/**
 * Logs in through the sessions API.
 *
 * @param known a challenge from a 401 of the server, answered instead of requesting one; if the server no longer knows
 *   it, a new one is requested. Not used if the server must prove its identity, which such a challenge does not.
 * @param send sends one request
 * @returns the id of the authenticated session
 * @throws HandleError `authentication_failed`, `insecure_connection`, `not_supported`, `protocol_error`,
 *   `server_busy`, `server_error`, `strategy_failed`, and what `send` throws
 */
export async function logIn(
  login: OriginLogin,
  known: OpenChallenge | undefined,
  send: Send,
): Promise<string> {
  const cnonce = login.random(16);
  if (known && !login.serverKey) {
    const response = await answerChallenge(login, known, cnonce, send);
    if (succeeded(response)) return known.sessionId;
    // Without a reason, the server no longer knows this session.
    if (reasonOf(response) !== undefined) throw refusedError(login, response);
  }
  const challenge = await openSession(login, cnonce, send);
  const response = await answerChallenge(login, challenge, cnonce, send);
  if (succeeded(response)) return challenge.sessionId;
  throw serverError(login.origin, response) ?? refusedError(login, response);
}
