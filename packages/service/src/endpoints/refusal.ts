import { formatHandleChallenge } from "@handlekit/auth/wire";
import { type HandleError, isHandleError, RESPONSE_CODES } from "@handlekit/core";
import { answer, emptyAnswer, unexpectedError } from "../http/answer.ts";
import type { Answer, ServiceResponse } from "../http/message.ts";
import { shown } from "../identify/failed-login.ts";
import type { Identification } from "../identify/identify.ts";
import type { Session } from "../identify/sessions.ts";
import type { ApiCall, ApiContext, HeaderLine } from "./context.ts";

/** For a server that is busy: in seconds. */
export const RETRY_AFTER: HeaderLine = ["Retry-After", "1"];

/** The server's proof that it has the key in its HS_SITE value. */
interface ServerProof {
  readonly serverAlg: string;
  readonly serverSignature: Uint8Array;
}

/** Signs nonce and cnonce, if the client asked for a proof and the server has a key. */
export async function proofFor(
  { serverKey }: ApiContext,
  session: Session,
  { cnonce }: Identification,
): Promise<ServerProof | undefined> {
  if (cnonce === undefined || serverKey === undefined) return undefined;
  return { serverAlg: "SHA-256", serverSignature: await serverKey.prove(session.nonce, cnonce) };
}

/** Returns the `WWW-Authenticate: Handle` header, for the session of the request or a new one. */
async function handleChallenge(context: ApiContext, who: Identification): Promise<HeaderLine> {
  const session = who.session ?? context.sessions.open();
  const proof = await proofFor(context, session, who);
  const error = who.errors.length > 0 ? who.errors.join("; ") : undefined;
  return [
    "WWW-Authenticate",
    formatHandleChallenge({ sessionId: session.id, nonce: session.nonce, ...proof, error }),
  ];
}

/**
 * Returns the WWW-Authenticate headers of a 401, without Basic for browsers, unless an option allows it, and for other
 * schemes. A browser would keep the password, and send it with requests of all pages.
 *
 * @param both true for Basic too after a login of any scheme
 */
export async function challenge(
  context: ApiContext,
  { request, who }: ApiCall,
  both = false,
): Promise<ServiceResponse["headers"]> {
  const header = request.headers.authorization;
  const script = request.headers["x-requested-with"] === "XMLHttpRequest";
  const browser = request.headers["sec-fetch-mode"] !== undefined && !context.basicInBrowsers;
  const basic = !browser && (header === undefined ? !script : both || header.startsWith("Basic"));
  return [
    ...(basic ? [["WWW-Authenticate", 'Basic realm="handle"'] as const] : []),
    await handleChallenge(context, who),
  ];
}

/** Adds the server's proof to a response, if the request asked for it. */
export async function withProof(context: ApiContext, who: Identification, response: Answer): Promise<Answer> {
  const answered = response.headers.some(([name]) => name === "WWW-Authenticate");
  if (who.cnonce === undefined || answered) return response;
  return { ...response, headers: [await handleChallenge(context, who), ...response.headers] };
}

/** Returns the 429 for a login that is not checked, because too many have failed. */
export function tooManyFailures(retryAfter: number): Answer {
  const { serverTooBusy: responseCode } = RESPONSE_CODES;
  const message = `Too many failed logins: try again in ${retryAfter} s`;
  return answer({ responseCode, message }, { status: 429, headers: [["Retry-After", String(retryAfter)]] });
}

/** Returns the empty 401 for a failed login. */
export async function authenticationNeeded(context: ApiContext, call: ApiCall): Promise<Answer> {
  return {
    ...emptyAnswer(401, await challenge(context, call)),
    responseCode: RESPONSE_CODES.authenticationNeeded,
  };
}

/** Returns the words of a refusal for the log. Messages about malformed requests are left out, because they quote them. */
export function reasonOf({ code, responseCode, message, hint }: HandleError): string | undefined {
  const quotes = responseCode === RESPONSE_CODES.protocolError && code !== "record_changed";
  const reason = message === "" ? hint : message;
  return quotes || reason === undefined ? undefined : shown(reason);
}

/**
 * Returns the response for an error. Over plain HTTP "authentication needed" is a 403, because nobody can authenticate
 * there. For an error without a response code it is a 500.
 */
export async function refusal(context: ApiContext, call: ApiCall, error: unknown): Promise<Answer> {
  if (!isHandleError(error) || error.responseCode === undefined) return unexpectedError(error);
  return { ...(await refusedAnswer(context, call, error, error.responseCode)), reason: reasonOf(error) };
}

async function refusedAnswer(
  context: ApiContext,
  call: ApiCall,
  { code, message, handle, status }: HandleError,
  responseCode: number,
): Promise<Answer> {
  // A store's own words, which name its files, are for the log.
  const shown = code === "store_failed" ? "The server's store is busy; try again" : message;
  const body = {
    responseCode,
    message: shown === "" ? undefined : shown,
    handle: handle === "" ? undefined : handle,
  };
  if (responseCode === RESPONSE_CODES.serverTooBusy) return answer(body, { status, headers: [RETRY_AFTER] });
  if (responseCode !== RESPONSE_CODES.authenticationNeeded) return answer(body, { status });
  if (!call.request.connection.secure) return answer(body, { status: 403 });
  return answer(body, { headers: await challenge(context, call) });
}
