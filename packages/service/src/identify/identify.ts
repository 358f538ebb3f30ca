import { type HandleAuthorization, parseHandleAuthorization } from "@handlekit/auth/wire";
import { decodeBase64, formatReference, type ValueReference } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import type { Connection, ServiceRequest } from "../http/message.ts";
import { checkAnswer } from "./challenge-answer.ts";
import { identifyClientCertificate } from "./client-certificate.ts";
import type { AnswerFields } from "./mac.ts";
import { identifyBasic } from "./secret-key.ts";
import { digest, type Session, type Sessions } from "./sessions.ts";

/** The outcome of identifying who sent a request. */
export interface Identification {
  readonly identity?: ValueReference | undefined;
  /** The identity as the client named it. */
  readonly claimed?: string | undefined;
  /** The part that failed to authenticate: nobody is identified then, and nothing but public data may be answered. */
  readonly failed?: "credentials" | "session" | "certificate" | undefined;
  /** Why, in the words of the API. */
  readonly errors: readonly string[];
  /** The session the request named, if it is a good one. */
  readonly session?: Session | undefined;
  /** The client's nonce, when it asked the server to prove itself. */
  readonly cnonce?: Uint8Array | undefined;
}

/** Nobody logged in, and nobody tried to. */
export const ANONYMOUS: Identification = { errors: [] };
const CLAIMS = ["id", "type", "alg", "signature"];

const identified = (identity: ValueReference, claimed: string): Identification => ({
  identity,
  claimed,
  errors: [],
});
const failed = (kind: NonNullable<Identification["failed"]>, ...errors: string[]): Identification => ({
  failed: kind,
  errors,
});

/** Tells who sent a request. `extra` are fields that came in the body of a request to the sessions API. */
export type Identify = (
  request: Pick<ServiceRequest, "headers" | "connection">,
  extra?: AnswerFields,
) => Promise<Identification>;

/**
 * Makes the function that tells who sent a request, by a Basic header, an answered challenge, a session or a client
 * certificate. A certificate counts on a connection from the first request that says `clientCert="true"` until one says
 * `"false"`; a failed one is a failure, not anonymity. Over plain HTTP everybody is anonymous.
 */
export function createIdentify(context: {
  readonly store: HandleStore;
  readonly sessions: Sessions;
  readonly now: () => number;
}): Identify {
  const certificateInUse = new WeakSet<Connection>();

  const byCertificate = async (connection: Connection): Promise<Identification> => {
    if (!certificateInUse.has(connection)) return ANONYMOUS;
    const der = connection.clientCertificate;
    if (der === undefined)
      return failed("certificate", "No client certificate was presented in the TLS handshake");
    const found = await identifyClientCertificate(context.store, der, context.now());
    return "identity" in found
      ? identified(found.identity, formatReference(found.identity))
      : failed("certificate", found.error);
  };

  const byAnswer = async (
    session: Session | undefined,
    fields: AnswerFields,
    mark: string,
  ): Promise<Identification> => {
    if (session === undefined) return failed("credentials", "Missing fields in authentication data");
    const { login } = session;
    if (login?.header === mark) return { ...identified(login.identity, login.claimed), session };
    const outcome = await checkAnswer(context.store, session.nonce, fields);
    if ("error" in outcome) return { ...failed("credentials", outcome.error), session };
    const now = { identity: outcome.identity, claimed: outcome.claimed, header: mark };
    await context.sessions.authenticate(session, now);
    return { ...identified(now.identity, now.claimed), session: { ...session, login: now } };
  };

  const byFields = async (
    fields: HandleAuthorization,
    connection: Connection,
    mark: string,
  ): Promise<Identification> => {
    const clientCert = fields.get("clientcert");
    if (clientCert === "true") certificateInUse.add(connection);
    if (clientCert === "false") certificateInUse.delete(connection);
    if ((fields.get("version") ?? "0") !== "0")
      return failed("credentials", "Unknown version in Authorization: Handle");
    const id = fields.get("sessionid");
    const session = id === undefined ? undefined : await context.sessions.find(id);
    if (id !== undefined && session === undefined) return failed("session");
    if (CLAIMS.some((name) => fields.has(name))) return byAnswer(session, fields, mark);
    const cnonce = decodeBase64(fields.get("cnonce") ?? "");
    const wish = { session, cnonce: cnonce?.length ? cnonce : undefined };
    if (session?.login) return { ...identified(session.login.identity, session.login.claimed), ...wish };
    return { ...(await byCertificate(connection)), ...wish };
  };

  /** Basic goes with every request by itself; in the sessions API it can authenticate a session, too. */
  const byBasic = async (header: string, fields: AnswerFields | undefined): Promise<Identification> => {
    const found = await identifyBasic(context.store, header);
    if (found === undefined) return failed("credentials");
    const id = fields?.get("sessionid");
    const session = id === undefined ? undefined : await context.sessions.find(id);
    if (id !== undefined && session === undefined) return failed("session");
    const cnonce = decodeBase64(fields?.get("cnonce") ?? "");
    const wish = { session, cnonce: cnonce?.length ? cnonce : undefined };
    if (!found) return { ...failed("credentials", "Identity not verified"), ...wish };
    const login = { identity: found, claimed: formatReference(found) };
    if (session === undefined) return { ...identified(login.identity, login.claimed), ...wish };
    await context.sessions.authenticate(session, login);
    return { ...identified(login.identity, login.claimed), ...wish, session: { ...session, login } };
  };

  return async ({ headers, connection }, extra) => {
    if (!connection.secure) return ANONYMOUS;
    const header = headers.authorization;
    if (header !== undefined && /^basic( |$)/i.test(header)) {
      return byBasic(header, extra);
    }
    const fields = header === undefined ? new Map<string, string>() : parseHandleAuthorization(header);
    if (fields === undefined) return failed("credentials");
    const merged = new Map([...(extra ?? []), ...fields]);
    return byFields(merged, connection, digest(JSON.stringify([...merged])));
  };
}
