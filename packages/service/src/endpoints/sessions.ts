import { encodeBase64, isHandleError } from "@handlekit/core";
import { emptyAnswer, jsonAnswer, NO_STORE } from "../http/answer.ts";
import type { Answer } from "../http/message.ts";
import type { ParsedRequest } from "../http/parsed-request.ts";
import { ANONYMOUS, type Identification } from "../identify/identify.ts";
import type { Session } from "../identify/sessions.ts";
import type { ApiCall, ApiContext, Endpoint } from "./context.ts";
import { challenge, proofFor, refusal, tooManyFailures } from "./refusal.ts";

/** Returns the members of the response about a session, in their order. */
async function describe(
  context: ApiContext,
  session: Session | undefined,
  who: Identification,
): Promise<Readonly<Record<string, unknown>>> {
  const proof = session && (await proofFor(context, session, who));
  const id = session?.login?.claimed ?? who.claimed;
  const error = who.errors.length > 0 ? who.errors.join("; ") : undefined;
  const anonymous = session === undefined && error === undefined ? false : undefined;
  return {
    sessionId: session?.id,
    nonce: session && encodeBase64(session.nonce),
    serverAlg: proof?.serverAlg,
    serverSignature: proof && encodeBase64(proof.serverSignature),
    authenticated: id === undefined ? anonymous : true,
    id,
    error,
  };
}

async function open(context: ApiContext, who: Identification): Promise<Answer> {
  const session = context.sessions.open();
  const { identity, claimed } = who;
  const { keyMark } = who;
  const login = identity && claimed !== undefined && keyMark ? { identity, claimed, keyMark } : undefined;
  if (login) await context.sessions.authenticate(session, login);
  const body = await describe(context, { ...session, login }, who);
  const location = `${context.linkBase}/api/sessions/this`;
  return jsonAnswer(body, { status: 201, headers: [["Location", location]] });
}

/** Shows a session, or answers its challenge. A failed login is a 401, unless the session is already authenticated. */
async function showSession(context: ApiContext, call: ApiCall): Promise<Answer> {
  const { request, who } = call;
  const { session } = who;
  if (who.incomplete) return emptyAnswer(403);
  if (who.failed !== "credentials" || session?.login !== undefined) {
    return jsonAnswer(await describe(context, session, who));
  }
  const headers = await challenge(context, call, true);
  const isAnswer = request.method === "PUT" || request.method === "POST";
  if (session === undefined || !isAnswer) return emptyAnswer(401, headers);
  return jsonAnswer(await describe(context, session, who), { status: 401, headers });
}

/**
 * Returns the fields of a login in query and body, with names in lower case. `clientCert`, which marks the whole
 * connection, only counts in JSON that no page of another origin sent.
 */
function loginFields(request: ParsedRequest): ReadonlyMap<string, string> {
  const inQuery = [...request.query].length;
  const mayMark = request.mediaType === "application/json" && !request.fromForeignPage;
  const fields = [...request.parametersWithBody].map(([name, value]) => [name.toLowerCase(), value] as const);
  return new Map(fields.filter(([name], i) => name !== "clientcert" || (mayMark && i >= inQuery)));
}

/**
 * /api/sessions: opens a session (POST). /api/sessions/this: shows it (GET), answers its challenge (PUT, POST) and ends
 * it (DELETE). Most refusals have no body. Credentials may be in the body of the request, so this endpoint authenticates
 * by itself.
 */
export const sessionsEndpoint: Endpoint = async (context, { request, rest }) => {
  const collection = rest === "" || rest === "/";
  if (!collection && rest !== "/this") return emptyAnswer(403);
  let fields: ReadonlyMap<string, string>;
  try {
    fields = loginFields(request);
  } catch (error) {
    if (isHandleError(error)) return emptyAnswer(400);
    throw error;
  }
  let who: Identification;
  try {
    who = await context.identify(request, fields);
  } catch (error) {
    return refusal(context, { request, rest, who: ANONYMOUS }, error);
  }
  const answered = async () => {
    if (who.retryAfter !== undefined) return tooManyFailures(who.retryAfter);
    if (collection) return who.session || who.failed === "session" ? emptyAnswer(400) : open(context, who);
    if (who.failed === "session") return emptyAnswer(403);
    if (request.method !== "DELETE") return showSession(context, { request, who, rest });
    if (who.session === undefined) return emptyAnswer(403);
    await context.sessions.end(who.session);
    return emptyAnswer(204);
  };
  // The id of a session is as good as its password.
  const done = await answered();
  const { identity, scheme, failedLogin } = who;
  return { ...done, headers: [...done.headers, NO_STORE], identity, scheme, failedLogin };
};
