import { type HandleAuthorization, parseHandleAuthorization } from "@handlekit/auth/wire";
import { decodeBase64, formatReference, type ValueReference } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import type { Connection, ServiceRequest } from "../http/message.ts";
import { checkAnswer } from "./challenge-answer.ts";
import { identifyClientCertificate } from "./client-certificate.ts";
import type { AnswerFields } from "./mac.ts";
import { identifyBasic } from "./secret-key.ts";
import { digest, type Session, type Sessions } from "./sessions.ts";

/** The result of authenticating a request. */
export interface Identification {
  /** The authenticated identity. */
  readonly identity?: ValueReference | undefined;
  /** The identity as the client wrote it. */
  readonly claimed?: string | undefined;
  /** The credentials that failed. `identity` is undefined then. */
  readonly failed?: "credentials" | "session" | "certificate" | undefined;
  /** True if the request has parts of an answer to a challenge, but no session that it could belong to. */
  readonly incomplete?: boolean | undefined;
  /** The reasons for the failure, in the words of the REST API. */
  readonly errors: readonly string[];
  /** The session of the request, if it is valid. */
  readonly session?: Session | undefined;
  /** The client's nonce, if it asked the server to prove itself. */
  readonly cnonce?: Uint8Array | undefined;
}

/** The result for a request without credentials. */
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

/** Authenticates a request. `extra` are the fields in the body of a request to the sessions API. */
export type Identify = (
  request: Pick<ServiceRequest, "headers" | "connection">,
  extra?: AnswerFields,
) => Promise<Identification>;

/**
 * Creates the function that authenticates requests by a Basic header, an answer to a challenge, a session or a client
 * certificate. A certificate is used on a connection from the first request with `clientCert="true"` until one with
 * `"false"`; if it fails, the request is not anonymous but fails. Over plain HTTP all requests are anonymous.
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
    if (session === undefined) {
      return { ...failed("credentials", "Missing fields in authentication data"), incomplete: true };
    }
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
    const byKey = await byCertificate(connection);
    const nothing = session === undefined && byKey.identity === undefined && byKey.failed === undefined;
    return { ...byKey, ...wish, incomplete: nothing && fields.has("cnonce") };
  };

  /** Basic authenticates one request, and in the sessions API also a session. */
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
    // "Authorization: Handle" alone is a login without its fields.
    if (header !== undefined && merged.size === 0) return failed("credentials");
    return byFields(merged, connection, digest(JSON.stringify([...merged])));
  };
}
