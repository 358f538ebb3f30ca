import { encodeBase64, isHandleError } from "@handlekit/core";
import { emptyAnswer, jsonAnswer } from "../http/answer.ts";
import type { Answer } from "../http/message.ts";
import type { Identification } from "../identify/identify.ts";
import type { Session } from "../identify/sessions.ts";
import type { ApiCall, ApiContext, Endpoint } from "./context.ts";
import { challenge, proofFor } from "./refusal.ts";

/** The fields of a session's answer, in their order. */
async function describe(
  context: ApiContext,
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

async function open(context: ApiContext, who: Identification): Promise<Answer> {
  const session = context.sessions.open();
  const { identity, claimed } = who;
  const login = identity && claimed !== undefined ? { identity, claimed } : undefined;
  if (login) await context.sessions.authenticate(session, login);
  const body = await describe(context, { ...session, login }, who);
  const location = `${context.linkBase}/api/sessions/this`;
  return jsonAnswer(body, { status: 201, headers: [["Location", location]] });
}

async function answerChallenge(context: ApiContext, call: ApiCall): Promise<Answer> {
  const { who } = call;
  const body = await describe(context, who.session, who);
  const stands = who.session?.login !== undefined || who.identity !== undefined || who.errors.length === 0;
  if (stands) return jsonAnswer(body);
  if (who.session === undefined) return emptyAnswer(403);
  return jsonAnswer(body, { status: 401, headers: await challenge(context, call) });
}

/**
 * /api/sessions: opening a session (POST), and with /this looking at it (GET), answering its challenge (PUT, POST) and
 * ending it (DELETE). Refusals have empty bodies. A login may stand in the body, so that this endpoint identifies by
 * itself.
 */
export const sessionsEndpoint: Endpoint = async (context, { request, rest }) => {
  const collection = rest === "" || rest === "/";
  if (!collection && rest !== "/this") return emptyAnswer(403);
  let fields: ReadonlyMap<string, string>;
  try {
    fields = new Map([...request.parametersWithBody].map(([name, value]) => [name.toLowerCase(), value]));
  } catch (error) {
    if (isHandleError(error)) return emptyAnswer(400);
    throw error;
  }
  const who = await context.identify(request, fields);
  const answered = async () => {
    if (collection) return who.session || who.failed === "session" ? emptyAnswer(400) : open(context, who);
    if (who.failed === "session") return emptyAnswer(403);
    switch (request.method) {
      case "PUT":
      case "POST":
        return answerChallenge(context, { request, who, rest });
      case "DELETE":
        if (who.session === undefined) return emptyAnswer(403);
        await context.sessions.end(who.session);
        return emptyAnswer(204);
      default:
        return jsonAnswer(await describe(context, who.session, who));
    }
  };
  return { ...(await answered()), identity: who.identity };
};
