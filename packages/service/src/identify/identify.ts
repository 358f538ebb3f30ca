import { decodeBasic, type HandleAuthorization, parseHandleAuthorization } from "@handlekit/auth/wire";
import { decodeBase64, formatReference, type ValueReference } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import type { Connection, FailedLogin } from "../http/message.ts";
import type { ParsedRequest } from "../http/parsed-request.ts";
import type { Attempts } from "./attempts.ts";
import { checkAnswer } from "./challenge-answer.ts";
import { identifyClientCertificate, readSubject } from "./client-certificate.ts";
import { describeFailure, THROTTLED } from "./failed-login.ts";
import { hasKey, type KeyMark } from "./key-mark.ts";
import type { Limit, LimitOf } from "./limits.ts";
import type { AnswerFields } from "./mac.ts";
import { identifyBasic } from "./secret-key.ts";
import type { Session, Sessions } from "./sessions.ts";
import { digest, type SessionLogin } from "./stored-session.ts";

/** The result of authenticating a request. */
export interface Identification {
  /** The authenticated identity. */
  readonly identity?: ValueReference | undefined;
  /** `basic`, `session` or `client-certificate`; undefined for an anonymous request and a login that failed. */
  readonly scheme?: string | undefined;
  /** The identity as the client wrote it. */
  readonly claimed?: string | undefined;
  /** The mark of the key that authenticated it, for a session. */
  readonly keyMark?: string | undefined;
  /** The credentials that failed. `identity` is undefined then. */
  readonly failed?: "credentials" | "session" | "certificate" | undefined;
  /** True if the request has parts of an answer to a challenge, but no session that it could belong to. */
  readonly incomplete?: boolean | undefined;
  /** The reasons for the failure, in the words of the REST API. */
  readonly errors: readonly string[];
  /** The reason for the log, where these words say less. */
  readonly why?: string | undefined;
  /** The identity that was tried, as the client wrote it, if the login failed. */
  readonly tried?: string | undefined;
  /** The login for `observe`, if it failed. */
  readonly failedLogin?: FailedLogin | undefined;
  /** The seconds after which the client may try again. The credentials were not checked: too many had failed. */
  readonly retryAfter?: number | undefined;
  /** The session of the request, if it is valid. */
  readonly session?: Session | undefined;
  /** The client's nonce, if it asked the server to prove itself. */
  readonly cnonce?: Uint8Array | undefined;
}

/** The result for a request without credentials. */
export const ANONYMOUS: Identification = { errors: [] };
const CLAIMS = ["id", "type", "alg", "signature"];

const identified = (scheme: string, { identity, claimed, keyMark }: SessionLogin): Identification => ({
  identity,
  scheme,
  claimed,
  keyMark,
  errors: [],
});
const failed = (kind: NonNullable<Identification["failed"]>, ...errors: string[]): Identification => ({
  failed: kind,
  errors,
});
const throttled = (
  kind: NonNullable<Identification["failed"]>,
  tried: string | undefined,
  retryAfter: number,
): Identification => ({ ...failed(kind, THROTTLED), tried, retryAfter });

/** The parts of a request that authenticate it. */
type Sender = Pick<ParsedRequest, "method" | "headers" | "connection" | "fromForeignPage" | "ambientLogin">;

/**
 * Authenticates a request. `extra` are the fields in query and body of a request to the sessions API. Rejects with
 * response code 3 if too many keys are being derived.
 */
export type Identify = (request: Sender, extra?: AnswerFields) => Identification | Promise<Identification>;

const isBasic = (header: string | undefined): header is string => /^basic( |$)/i.test(header ?? "");

/**
 * Creates the function that authenticates requests by a Basic header, an answer to a challenge, a session or a client
 * certificate. A certificate is used on a connection from the first request with `clientCert="true"` until one with
 * `"false"`; if it fails, the request is not anonymous but fails. Over plain HTTP all requests are anonymous. Basic and
 * certificate are ignored where a browser may have added them for a page of another origin.
 */
export function createIdentify(context: {
  readonly store: HandleStore;
  readonly sessions: Sessions;
  readonly attempts: Attempts;
  readonly keyMark: KeyMark;
  readonly now: () => number;
  /** The limit on deriving keys. */
  readonly deriving: LimitOf;
}): Identify {
  const { store, sessions, attempts, keyMark, now } = context;
  const certificateInUse = new WeakSet<Connection>();

  /** Resolves to the session with an id, or to a failed login. A session whose key was changed or removed is ended. */
  const findSession = async (id: string): Promise<Session | Identification> => {
    const session = await sessions.find(id);
    if (session === undefined) return failed("session");
    const { login } = session;
    if (login === undefined) return session;
    if (await hasKey(store, login.identity, login.keyMark, keyMark)) return session;
    await sessions.end(session);
    return {
      ...failed("session"),
      tried: login.claimed,
      why: "The key of the login was changed or removed; the session is ended",
    };
  };

  const byCertificate = async (connection: Connection): Promise<Identification> => {
    if (!certificateInUse.has(connection)) return ANONYMOUS;
    const der = connection.clientCertificate;
    if (der === undefined)
      return failed("certificate", "No client certificate was presented in the TLS handshake");
    const subject = readSubject(der);
    const tried = subject.claimed && formatReference(subject.claimed);
    const checked = await attempts.check(
      { identity: tried ?? "", address: connection.remoteAddress },
      () => identifyClientCertificate(store, subject, now()),
      (outcome) => "identity" in outcome,
    );
    if ("retryAfter" in checked) return throttled("certificate", tried, checked.retryAfter);
    if ("error" in checked.outcome) return { ...failed("certificate", checked.outcome.error), tried };
    const { identity, key } = checked.outcome;
    const claimed = formatReference(identity);
    return identified("client-certificate", { identity, claimed, keyMark: keyMark(key) });
  };

  const authenticate = async (session: Session, login: SessionLogin): Promise<Identification> => {
    const authenticated = await sessions.authenticate(session, login);
    return authenticated
      ? { ...identified("session", login), session: { ...session, login } }
      : failed("session");
  };

  const byAnswer = async (
    session: Session | undefined,
    fields: AnswerFields,
    { remoteAddress }: Connection,
    mark: string,
    deriving: Limit,
  ): Promise<Identification> => {
    if (session === undefined) {
      return { ...failed("credentials", "Missing fields in authentication data"), incomplete: true };
    }
    const { login } = session;
    if (login?.header === mark) return { ...identified("session", login), session };
    const tried = fields.get("id");
    const checked = await attempts.check(
      { identity: tried ?? "", address: remoteAddress },
      () => checkAnswer(store, session.nonce, fields, deriving),
      (outcome) => "identity" in outcome,
    );
    if ("retryAfter" in checked) return throttled("credentials", tried, checked.retryAfter);
    const { outcome } = checked;
    if ("error" in outcome) return { ...failed("credentials", outcome.error), session, tried };
    const { identity, claimed, key } = outcome;
    return authenticate(session, { identity, claimed, keyMark: keyMark(key), header: mark });
  };

  const byFields = async (
    fields: HandleAuthorization,
    { connection, ambientLogin }: Sender,
  ): Promise<Identification> => {
    const clientCert = fields.get("clientcert");
    if (clientCert === "true") certificateInUse.add(connection);
    if (clientCert === "false") certificateInUse.delete(connection);
    if ((fields.get("version") ?? "0") !== "0")
      return failed("credentials", "Unknown version in Authorization: Handle");
    const id = fields.get("sessionid");
    const session = id === undefined ? undefined : await findSession(id);
    if (session !== undefined && "errors" in session) return session;
    if (CLAIMS.some((name) => fields.has(name))) {
      const mark = digest(JSON.stringify([...fields]));
      return byAnswer(session, fields, connection, mark, context.deriving(connection.remoteAddress));
    }
    const cnonce = decodeBase64(fields.get("cnonce") ?? "");
    const wish = { session, cnonce: cnonce?.length ? cnonce : undefined };
    if (session?.login) return { ...identified("session", session.login), ...wish };
    const byKey = ambientLogin ? await byCertificate(connection) : ANONYMOUS;
    const nothing = session === undefined && byKey.identity === undefined && byKey.failed === undefined;
    return { ...byKey, ...wish, incomplete: nothing && fields.has("cnonce") };
  };

  /** Basic authenticates one request, and in the sessions API also a session. */
  const byBasic = async (
    header: string,
    { remoteAddress }: Connection,
    fields: AnswerFields | undefined,
  ): Promise<Identification> => {
    const given = decodeBasic(header);
    if (given === undefined) return failed("credentials");
    const tried = given.user;
    const checked = await attempts.check(
      { identity: tried, address: remoteAddress },
      () => identifyBasic(store, given),
      (outcome) => "identity" in outcome,
    );
    if ("retryAfter" in checked) return throttled("credentials", tried, checked.retryAfter);
    const found = checked.outcome;
    const id = fields?.get("sessionid");
    const session = id === undefined ? undefined : await findSession(id);
    if (session !== undefined && "errors" in session) return session;
    const cnonce = decodeBase64(fields?.get("cnonce") ?? "");
    const wish = { session, cnonce: cnonce?.length ? cnonce : undefined };
    if ("why" in found)
      return { ...failed("credentials", "Identity not verified"), ...wish, ...found, tried };
    const { identity, key } = found;
    const login = { identity, claimed: formatReference(identity), keyMark: keyMark(key) };
    if (session === undefined) return { ...identified("basic", login), ...wish };
    return { ...wish, ...(await authenticate(session, login)) };
  };

  /** Returns true if nothing of a request or its connection could authenticate it. */
  const isAnonymous = ({ connection, headers }: Sender, extra: AnswerFields | undefined): boolean =>
    !connection.secure ||
    (headers.authorization === undefined && extra === undefined && !certificateInUse.has(connection));

  const identify = async (request: Sender, extra: AnswerFields | undefined): Promise<Identification> => {
    const { method, fromForeignPage, ambientLogin } = request;
    const { authorization } = request.headers;
    // A GET logs nobody in: old browsers do not say which page it is from.
    const mayLogIn = !fromForeignPage && (method === "POST" || method === "PUT");
    const takesBasic = ambientLogin && (mayLogIn || !extra?.has("sessionid"));
    if (isBasic(authorization) && takesBasic) return byBasic(authorization, request.connection, extra);
    const header = isBasic(authorization) ? undefined : authorization;
    const fields = header === undefined ? new Map<string, string>() : parseHandleAuthorization(header);
    if (fields === undefined) return failed("credentials");
    const merged = new Map([...(extra ?? []), ...fields]);
    // "Authorization: Handle" alone is a login without its fields.
    if (header !== undefined && merged.size === 0) return failed("credentials");
    return byFields(merged, request);
  };

  const authenticated = async (request: Sender, extra?: AnswerFields): Promise<Identification> => {
    const who = await identify(request, extra);
    return who.failed === undefined ? who : { ...who, failedLogin: describeFailure(request, who) };
  };

  return (request, extra) => (isAnonymous(request, extra) ? ANONYMOUS : authenticated(request, extra));
}
