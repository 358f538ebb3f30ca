import { encodeUtf8, printable } from "@handlekit/core";
import { type ArdcResponse, buildResponse, type ResponseContent } from "@handlekit/xml";
import { NO_STORE } from "../http/answer.ts";
import type { Answer, FailedLogin } from "../http/message.ts";

/** A request that was carried out, and the content of its response. */
export interface ArdcSuccess {
  readonly text: string;
  readonly content: Pick<ResponseContent, "identifier" | "identifiers" | "properties" | "trustedClients">;
}

/** A request that failed. */
export interface ArdcFailure {
  readonly failure: string;
  /** `user` for a message to people, `system` for the text of an exception. */
  readonly kind: "user" | "system";
  /** The HTTP status with the option `honestStatus`. */
  readonly status: 400 | 401 | 403 | 404 | 405 | 429 | 500;
  /** The seconds after which the client may try again. */
  readonly retryAfter?: number | undefined;
  /** Present for a refused login. */
  readonly failedLogin?: FailedLogin | undefined;
  /** The error behind the failure, for the log. */
  readonly error?: unknown;
}

/** The outcome of a request. */
export type ArdcAnswer = ArdcSuccess | ArdcFailure;

/** Creates a failure that the client caused. */
export function fail(failure: string, status: ArdcFailure["status"] = 400): ArdcFailure {
  return { failure, kind: "user", status };
}

/** Creates a failure with the text of an exception, which the original service takes from Java. */
export function fault(failure: string, status: ArdcFailure["status"] = 400): ArdcFailure {
  return { failure, kind: "system", status };
}

/** Returns true if the result of a step is a failure. */
export function isFailure(outcome: unknown): outcome is ArdcFailure {
  return typeof outcome === "object" && outcome !== null && "failure" in outcome;
}

/** The length to which an App Id is shortened in logs: some are the plain SHA-1 of the secret. */
const APP_ID_SHOWN = 8;

/** Returns the start of an App Id, printable. */
export function shownAppId(appId: string): string {
  const start = Array.from(appId.slice(0, 2 * APP_ID_SHOWN))
    .slice(0, APP_ID_SHOWN)
    .join("");
  return start === appId ? printable(appId) : `${printable(start)}…`;
}

/**
 * Creates the failure of a refused login. The client is not told which check failed.
 *
 * @param reason the reason for the log
 * @param appId the App Id that was tried, as the client wrote it
 */
export function refuseLogin(reason: string, appId?: string): ArdcFailure {
  const identity = appId === undefined ? undefined : shownAppId(appId);
  return { ...fail("Authentication Failed", 401), failedLogin: { scheme: "ardc", identity, reason } };
}

/** Creates the failure for a login that is not checked, because too many have failed. */
export function tooManyFailures(retryAfter: number): ArdcFailure {
  return { ...fail(`Too many failed logins: try again in ${retryAfter} s`, 429), retryAfter };
}

/** Creates the failure for a text that is not a number, with Java's message. */
export function notANumber(text: string): ArdcFailure {
  return fault(`For input string: "${text}"`);
}

/**
 * Creates the failure for a handle that does not exist.
 *
 * @param handle the handle as the client wrote it
 */
export function handleNotFound(handle: string): ArdcFailure {
  return fail(`The handle: ${handle} was not found`, 404);
}

const TYPE: readonly [string, string] = ["Content-Type", "application/xml;charset=UTF-8"];
const CHALLENGE: readonly [string, string] = ["WWW-Authenticate", 'Basic realm="pids"'];

function responseOf(answer: ArdcAnswer, timestamp: Date): ArdcResponse {
  return isFailure(answer)
    ? { type: "failure", timestamp, message: { type: answer.kind, text: answer.failure } }
    : { type: "success", ...answer.content, timestamp, message: { type: "user", text: answer.text } };
}

/** Returns the words of a failure for the log. Those about malformed requests may quote them. */
function reasonOf({ failure, status }: ArdcFailure): string {
  return status === 400 || status === 404 ? `A failure with status ${status}` : failure;
}

/** How {@link writeAnswer} shows a failure. */
interface FailureStyle {
  /** Whether it has a status other than 200. */
  readonly honest: boolean;
  /** Whether a 401 asks for Basic. */
  readonly challenge: boolean;
}

/**
 * Creates the response: XML with status 200, which the clients of the service expect.
 *
 * @param account the App Id and the identity of a login that succeeded
 * @param now milliseconds since 1970
 */
export function writeAnswer(
  answer: ArdcAnswer,
  account: string | undefined,
  now: number,
  { honest, challenge }: FailureStyle,
): Answer {
  const status = honest && isFailure(answer) ? answer.status : 200;
  const { retryAfter, failedLogin, error } = isFailure(answer) ? answer : {};
  return {
    status,
    headers: [
      TYPE,
      NO_STORE,
      ...(status === 401 && challenge ? [CHALLENGE] : []),
      ...(retryAfter === undefined ? [] : [["Retry-After", String(retryAfter)] as const]),
    ],
    body: encodeUtf8(buildResponse(responseOf(answer, new Date(now)))),
    handle: isFailure(answer) ? undefined : answer.content.identifier?.handle,
    scheme: account === undefined ? undefined : "ardc",
    account,
    failedLogin,
    reason: isFailure(answer) ? reasonOf(answer) : undefined,
    error,
  };
}
