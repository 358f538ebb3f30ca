import { isHandleError, parseReference, printable } from "@handlekit/core";
import type { FailedLogin, ServiceRequest } from "../http/message.ts";

const MAX_SHOWN = 200;

/** The reason of a login whose credentials were not checked. */
export const THROTTLED = "Too many failed logins; not checked";

/** The parts of an identification that failed. */
interface Failed {
  readonly failed?: "credentials" | "session" | "certificate" | undefined;
  /** In the words of the REST API. */
  readonly errors: readonly string[];
  /** The reason for the log, where these words say less. */
  readonly why?: string | undefined;
  readonly tried?: string | undefined;
  /** Present if the credentials were not checked. */
  readonly retryAfter?: number | undefined;
}

const REASONS: Readonly<Record<NonNullable<Failed["failed"]>, string>> = {
  credentials: "The Authorization header cannot be read",
  session: "Unknown or expired session",
  certificate: "The client certificate was not accepted",
};

/** Shortens a text that a client sent, and makes it printable. */
export function shown(text: string): string {
  return printable(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text).slice(0, MAX_SHOWN);
}

/** Returns an identity for the log. A text that is not one is left out: it may be a password in the wrong place. */
export function shownIdentity(text: string | undefined): string | undefined {
  try {
    if (text !== undefined) parseReference(text);
  } catch (error) {
    if (isHandleError(error)) return undefined;
    throw error;
  }
  return text === undefined ? undefined : shown(text);
}

function schemeOf({ headers }: Pick<ServiceRequest, "headers">, { failed }: Failed): string | undefined {
  if (failed === "certificate") return "client-certificate";
  const header = headers.authorization;
  if (header !== undefined && /^basic( |$)/i.test(header)) return "basic";
  return header === undefined || /^handle( |$)/i.test(header) ? "session" : undefined;
}

/** Returns a login that failed, for `observe`. */
export function describeFailure(request: Pick<ServiceRequest, "headers">, who: Failed): FailedLogin {
  const throttled = who.retryAfter === undefined ? undefined : true;
  const failure = who.why ?? (who.errors.join("; ") || REASONS[who.failed ?? "credentials"]);
  return {
    scheme: schemeOf(request, who),
    identity: shownIdentity(who.tried),
    reason: shown(throttled ? THROTTLED : failure),
    throttled,
  };
}
