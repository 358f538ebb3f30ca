import type { ResponseContent } from "@handlekit/xml";

/** A request that was done, and what the answer shows. */
export interface Success {
  readonly text: string;
  readonly content: Pick<ResponseContent, "identifier" | "identifiers" | "properties" | "trustedClients">;
}

/** A request that was not done. */
export interface Failure {
  readonly failure: string;
  /** `user` is for the person at the keyboard, `system` the text of a fault. */
  readonly kind: "user" | "system";
  /** The HTTP status, where statuses are honest. */
  readonly status: 400 | 401 | 403 | 404 | 405 | 500;
}

/** What a request comes to. */
export type ArdcAnswer = Success | Failure;

/** A failure of the client's making. */
export function fail(failure: string, status: Failure["status"] = 400): Failure {
  return { failure, kind: "user", status };
}

/** A fault, in the words that the original takes from Java. */
export function fault(failure: string, status: Failure["status"] = 400): Failure {
  return { failure, kind: "system", status };
}

/** True for a failure, whatever a step gives otherwise. */
export function isFailure(outcome: unknown): outcome is Failure {
  return typeof outcome === "object" && outcome !== null && "failure" in outcome;
}

/** The one text of every refused login; which check failed is not told. */
export const AUTHENTICATION_FAILED: Failure = fail("Authentication Failed", 401);

/** What Java says of a text that is no number. */
export function notANumber(text: string): Failure {
  return fault(`For input string: "${text}"`);
}

/** @param handle as the client wrote it */
export function handleNotFound(handle: string): Failure {
  return fail(`The handle: ${handle} was not found`, 404);
}
