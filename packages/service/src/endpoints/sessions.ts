import { encodeBase64, isHandleError } from "@handlekit/core";
import { emptyAnswer, jsonAnswer } from "../answer.ts";
import type { ServiceContext } from "../context.ts";
import type { ServiceRequest, ServiceResponse } from "../exchange-types.ts";
import { challenge, proofFor } from "../identify/challenge.ts";
import type { Identification, Identify } from "../identify/identify.ts";
import { readParameters } from "../parameters.ts";
import type { Session } from "../sessions/sessions.ts";

const COLLECTION = "POST, TRACE, OPTIONS";
const ONE = "GET, HEAD, POST, PUT, DELETE, TRACE, OPTIONS";

/** The fields of a session's answer, in their order. */
async function describe(
  context: ServiceContext,
  session: Session | undefined,
  who: Identification,
): Promise<Readonly<Record<string, unknown>>> {
  const proof = session && (await proofFor(context, session, who));
  const id = session?.login?.claimed ?? who.claimed;
  const error = who.errors.length > 0 ? { error: who.errors.join("; ") } : {};
  const state =
    id === undefined
      ? session || who.errors.length > 0
        ? {}
        : { authenticated: false }
      : { authenticated: true, id };
  return {
    ...(session ? { sessionId: session.id, nonce: encodeBase64(session.nonce) } : {}),
    ...(proof ? { serverAlg: proof.serverAlg, serverSignature: encodeBase64(proof.serverSignature) } : {}),
    ...state,
    ...error,
  };
}

async function open(context: ServiceContext, who: Identification): Promise<ServiceResponse> {
  const session = context.sessions.open();
  const { identity, claimed } = who;
  const login = identity && claimed !== undefined ? { identity, claimed } : undefined;
  if (login) await context.sessions.authenticate(session, login);
  const body = await describe(context, { ...session, login }, who);
  return jsonAnswer(body, { status: 201, headers: [["Location", "/api/sessions/this"]] });
}

async function answerChallenge(
  context: ServiceContext,
  request: ServiceRequest,
  who: Identification,
): Promise<ServiceResponse> {
  const body = await describe(context, who.session, who);
  const stands = who.session?.login !== undefined || who.identity !== undefined || who.errors.length === 0;
  if (stands) return jsonAnswer(body, {});
  if (who.session === undefined) return emptyAnswer(403);
  return jsonAnswer(body, { status: 401, headers: await challenge(context, request, who) });
}

/**
 * /api/sessions: opening a session (POST), and with /this looking at it (GET), answering its challenge (PUT, POST) and
 * ending it (DELETE). Refusals have empty bodies. Over plain HTTP there are no sessions.
 */
export async function sessionsEndpoint(
  context: ServiceContext,
  identify: Identify,
  request: ServiceRequest,
  rest: string,
): Promise<ServiceResponse> {
  const { method } = request;
  const collection = rest === "" || rest === "/";
  const allowed = collection ? COLLECTION : ONE;
  if (method === "OPTIONS") return emptyAnswer(200, [["Allow", allowed]]);
  if (!request.connection.secure) return emptyAnswer(403);
  if (!allowed.split(", ").includes(method)) return emptyAnswer(405, [["Allow", allowed]]);
  if (!collection && rest !== "/this") return emptyAnswer(403);
  let fields: ReadonlyMap<string, string>;
  try {
    fields = new Map([...readParameters(request, true)].map(([name, value]) => [name.toLowerCase(), value]));
  } catch (error) {
    if (isHandleError(error)) return emptyAnswer(400);
    throw error;
  }
  const who = await identify(request, fields);
  if (collection) return who.session || who.failed === "session" ? emptyAnswer(400) : open(context, who);
  if (who.failed === "session") return emptyAnswer(403);
  switch (method) {
    case "PUT":
    case "POST":
      return answerChallenge(context, request, who);
    case "DELETE":
      if (who.session === undefined) return emptyAnswer(403);
      await context.sessions.end(who.session);
      return emptyAnswer(204);
    default:
      return jsonAnswer(await describe(context, who.session, who), {});
  }
}
