import { encodeUtf8 } from "@handlekit/core";
import { type ArdcResponse, buildResponse, type ResponseContent } from "@handlekit/xml";
import type { Answer } from "../http/message.ts";

/** A request that was carried out, and the contents of its answer. */
export interface ArdcSuccess {
  readonly text: string;
  readonly content: Pick<ResponseContent, "identifier" | "identifiers" | "properties" | "trustedClients">;
}

/** A request that was not carried out. */
export interface ArdcFailure {
  readonly failure: string;
  /** `user` is for the person at the keyboard, `system` the text of a fault. */
  readonly kind: "user" | "system";
  /** The HTTP status, where statuses are honest. */
  readonly status: 400 | 401 | 403 | 404 | 405 | 500;
}

/** The outcome of a request. */
export type ArdcAnswer = ArdcSuccess | ArdcFailure;

/** A failure of the client's making. */
export function fail(failure: string, status: ArdcFailure["status"] = 400): ArdcFailure {
  return { failure, kind: "user", status };
}

/** A fault, in the words that the original takes from Java. */
export function fault(failure: string, status: ArdcFailure["status"] = 400): ArdcFailure {
  return { failure, kind: "system", status };
}

/** True for a failure, whatever a step gives otherwise. */
export function isFailure(outcome: unknown): outcome is ArdcFailure {
  return typeof outcome === "object" && outcome !== null && "failure" in outcome;
}

/** The one text of every refused login; which check failed is not told. */
export const AUTHENTICATION_FAILED: ArdcFailure = fail("Authentication Failed", 401);

/** The refusal of a text that is no number, in the words of Java. */
export function notANumber(text: string): ArdcFailure {
  return fault(`For input string: "${text}"`);
}

/** @param handle as the client wrote it */
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

/**
 * Writes an answer as its clients need it: XML with status 200.
 *
 * @param now milliseconds since 1970
 * @param honest also says by the status what happened
 */
export function writeAnswer(answer: ArdcAnswer, now: number, honest: boolean): Answer {
  const status = honest && isFailure(answer) ? answer.status : 200;
  return {
    status,
    headers: status === 401 ? [TYPE, CHALLENGE] : [TYPE],
    body: encodeUtf8(buildResponse(responseOf(answer, new Date(now)))),
    handle: isFailure(answer) ? undefined : answer.content.identifier?.handle,
  };
}
