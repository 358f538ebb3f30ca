import { HandleError, type WireResponse } from "@handlekit/core";
import type { WireTarget } from "./target.ts";

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** A target and whether its request may have reached the server. */
export interface Progress {
  readonly target: WireTarget;
  sent: boolean;
  /** Whether an earlier attempt may have. */
  sentBefore: boolean;
}

function inWords(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000} s` : `${milliseconds} ms`;
}

/** What a message about a failed write must add when nobody knows whether the server carried it out. */
export function outcomeNote({ target, sent }: Progress): string {
  return sent && !target.repeatable ? " It may or may not have been carried out." : "";
}

/** The same for a request that the caller ended, also when a repetition would do no harm: nobody repeats it now. */
function abortNote({ target: { method }, sent, sentBefore }: Progress): string {
  const isWrite = method !== "GET" && method !== "HEAD";
  return isWrite && (sent || sentBefore) ? " It may or may not have been carried out." : "";
}

/** True when a repetition can do no harm: a read, or nothing was sent. */
export function isRepeatable({ target, sent }: Progress): boolean {
  return target.repeatable || !sent;
}

export function notConnected(origin: string, milliseconds: number): HandleError {
  return new HandleError("timeout", {
    message: `There was no connection to ${origin} within ${inWords(milliseconds)}.`,
    hint: "Check the address, the port and the firewall; timeouts.connect sets how long to wait.",
    retryable: true,
  });
}

export function notAnswered(progress: Progress, milliseconds: number): HandleError {
  const { target, sent } = progress;
  if (!sent) return notConnected(target.origin, milliseconds);
  return new HandleError("timeout", {
    message: `${target.origin} did not answer ${target.method} ${target.path} within ${inWords(milliseconds)}.${outcomeNote(progress)}`,
    hint: "The server is busy or hangs; timeouts.attempt sets how long to wait for one answer.",
    retryable: isRepeatable(progress),
  });
}

export function notFinished(progress: Progress, milliseconds: number): HandleError {
  const { target } = progress;
  return new HandleError("timeout", {
    message: `${target.method} ${target.origin}${target.path} was not finished within ${inWords(milliseconds)} in all.${outcomeNote(progress)}`,
    hint: "timeouts.total sets how long everything may take, logging in and waiting for a free connection included.",
    retryable: isRepeatable(progress),
  });
}

export function abortedByCaller(progress: Progress): HandleError {
  const { target } = progress;
  return new HandleError("aborted", {
    message: `${target.method} ${target.origin}${target.path} was aborted.${abortNote(progress)}`,
  });
}

/** Why everything ends; each request says it of itself, by {@link abortedByClose}. */
export function closedError(): HandleError {
  return new HandleError("aborted", { message: "The transport was closed." });
}

export function abortedByClose(progress: Progress): HandleError {
  const { target } = progress;
  return new HandleError("aborted", {
    message: `${target.method} ${target.origin}${target.path} was aborted: the transport was closed.${abortNote(progress)}`,
  });
}

/** The error for an answer that sends the client elsewhere; 300 does not: it is how a Handle server answers. */
export function readRedirect(response: WireResponse, target: WireTarget): HandleError | undefined {
  if (!REDIRECTS.includes(response.status)) return undefined;
  const location = response.headers.location;
  const from = `${target.origin}${target.path}`;
  const to = location !== undefined && URL.canParse(location, from) ? new URL(location, from) : undefined;
  const secure = to?.protocol === "https:" && from.startsWith("http:");
  return new HandleError("redirected", {
    message: to
      ? `${from} has moved to ${to.origin === "null" ? to.protocol : to.origin}${to.pathname}; redirects are not followed.`
      : `${target.origin} answered ${target.method} ${target.path} with a redirect that names no address.`,
    hint: secure
      ? "The server wants an encrypted connection: use its https address."
      : "Use the new address as the server's, when you trust it.",
    status: response.status,
  });
}
