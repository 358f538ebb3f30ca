import { formatHandleChallenge } from "@handlekit/auth/wire";
import type { ServiceContext } from "../context.ts";
import type { ServiceRequest, ServiceResponse } from "../exchange-types.ts";
import type { Session } from "../sessions/sessions.ts";
import type { Identification } from "./identify.ts";

/** What the server proves about itself. */
export interface ServerProof {
  readonly serverAlg: string;
  readonly serverSignature: Uint8Array;
}

/** The server's signature over nonce and cnonce, if the client asked for one and the server has a key. */
export async function proofFor(
  context: ServiceContext,
  session: Session,
  who: Identification,
): Promise<ServerProof | undefined> {
  if (who.cnonce === undefined || context.serverKey === undefined) return undefined;
  return { serverAlg: "SHA-256", serverSignature: await context.serverKey.prove(session.nonce, who.cnonce) };
}

/** The `WWW-Authenticate: Handle` line: the session of the request, else a new one. */
export async function handleChallenge(
  context: ServiceContext,
  who: Identification,
): Promise<ServiceResponse["headers"][number]> {
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
  context: ServiceContext,
  request: ServiceRequest,
  who: Identification,
): Promise<ServiceResponse["headers"]> {
  const header = request.headers.authorization;
  const script = request.headers["x-requested-with"] === "XMLHttpRequest";
  const basic = header === undefined ? !script : header.startsWith("Basic");
  return [
    ...(basic ? [["WWW-Authenticate", 'Basic realm="handle"'] as const] : []),
    await handleChallenge(context, who),
  ];
}
