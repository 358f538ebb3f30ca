import { formatHandleChallenge } from "@handlekit/auth/wire";
import { isHandleError, RESPONSE_CODES } from "@handlekit/core";
import { answer, emptyAnswer, unexpectedError } from "../http/answer.ts";
import type { Answer, ServiceResponse } from "../http/message.ts";
import type { Identification } from "../identify/identify.ts";
import type { Session } from "../identify/sessions.ts";
import type { ApiCall, ApiContext, HeaderLine } from "./context.ts";

/** The server's proof that it is the one whose key HS_SITE publishes. */
interface ServerProof {
  readonly serverAlg: string;
  readonly serverSignature: Uint8Array;
}

/** The server's signature over nonce and cnonce, if the client asked for one and the server has a key. */
export async function proofFor(
  { serverKey }: ApiContext,
  session: Session,
  { cnonce }: Identification,
): Promise<ServerProof | undefined> {
  if (cnonce === undefined || serverKey === undefined) return undefined;
  return { serverAlg: "SHA-256", serverSignature: await serverKey.prove(session.nonce, cnonce) };
}

/** The `WWW-Authenticate: Handle` line: of the session that the request named, else of a new one. */
async function handleChallenge(context: ApiContext, who: Identification): Promise<HeaderLine> {
  const session = who.session ?? context.sessions.open();
  const proof = await proofFor(context, session, who);
  const error = who.errors.length > 0 ? who.errors.join("; ") : undefined;
  return [
    "WWW-Authenticate",
    formatHandleChallenge({ sessionId: session.id, nonce: session.nonce, ...proof, error }),
  ];
}

/** The WWW-Authenticate lines of a 401; the Basic one is left out for scripts in browsers and other schemes. */
export async function challenge(
  context: ApiContext,
  { request, who }: ApiCall,
): Promise<ServiceResponse["headers"]> {
  const header = request.headers.authorization;
  const script = request.headers["x-requested-with"] === "XMLHttpRequest";
  const basic = header === undefined ? !script : header.startsWith("Basic");
  return [
    ...(basic ? [["WWW-Authenticate", 'Basic realm="handle"'] as const] : []),
    await handleChallenge(context, who),
  ];
}

/** Adds the server's proof to any answer to a request that asked for it. */
export async function withProof(context: ApiContext, who: Identification, response: Answer): Promise<Answer> {
  const answered = response.headers.some(([name]) => name === "WWW-Authenticate");
  if (who.cnonce === undefined || answered) return response;
  return { ...response, headers: [await handleChallenge(context, who), ...response.headers] };
}

/** The empty 401 of a login that failed. */
export async function authenticationNeeded(context: ApiContext, call: ApiCall): Promise<Answer> {
  return {
    ...emptyAnswer(401, await challenge(context, call)),
    responseCode: RESPONSE_CODES.authenticationNeeded,
  };
}

/**
 * A refusal as the API writes it. Over plain HTTP "authentication needed" is 403, for nobody can authenticate there.
 * An error that is no refusal of the protocol is logged and answered with 500.
 */
export async function refusal(context: ApiContext, call: ApiCall, error: unknown): Promise<Answer> {
  if (!isHandleError(error) || error.responseCode === undefined) {
    context.log?.error("unexpected error", { error });
    return unexpectedError();
  }
  const { responseCode, message, handle, status } = error;
  const body = {
    responseCode,
    ...(message === "" ? {} : { message }),
    ...(handle === undefined || handle === "" ? {} : { handle }),
  };
  if (responseCode !== RESPONSE_CODES.authenticationNeeded)
    return answer(body, status === undefined ? {} : { status });
  if (!call.request.connection.secure) return answer(body, { status: 403 });
  return answer(body, { headers: await challenge(context, call) });
}
