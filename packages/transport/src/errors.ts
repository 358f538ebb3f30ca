import { HandleError, parseUrl, type WireResponse } from "@handlekit/core";
import type { RequestState, RequestTarget } from "./request-target.ts";

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

function formatTime(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000} s` : `${milliseconds} ms`;
}

/** The sentence for a failed write whose outcome is unknown. */
export function outcomeNote({ target, sent }: RequestState): string {
  return sent && !target.repeatable ? " It may or may not have been carried out." : "";
}

/** The same for an aborted request, which nothing repeats, even if it is repeatable. */
function abortNote({ target: { method }, sent, sentBefore }: RequestState): string {
  const isWrite = method !== "GET" && method !== "HEAD";
  return isWrite && (sent || sentBefore) ? " It may or may not have been carried out." : "";
}

/** True when a repetition can do no harm: the request is repeatable, or was not sent. */
export function isRepeatable({ target, sent }: RequestState): boolean {
  return target.repeatable || !sent;
}

/** The error for a connection that was not made in time. */
export function connectTimeoutError(origin: string, milliseconds: number): HandleError {
  return new HandleError("timeout", {
    message: `There was no connection to ${origin} within ${formatTime(milliseconds)}.`,
    hint: "Check the address, the port and the firewall; timeouts.connect sets how long to wait.",
    retryable: true,
  });
}

/** The error for an attempt that took too long. */
export function attemptTimeoutError(state: RequestState, milliseconds: number): HandleError {
  const { target, sent } = state;
  if (!sent) return connectTimeoutError(target.origin, milliseconds);
  return new HandleError("timeout", {
    message: `${target.origin} did not answer ${target.method} ${target.path} within ${formatTime(milliseconds)}.${outcomeNote(state)}`,
    hint: "The server is busy or does not respond; timeouts.attempt sets how long to wait for one response.",
    retryable: isRepeatable(state),
  });
}

/** The error for a call of `send` that took too long. */
export function totalTimeoutError(state: RequestState, milliseconds: number): HandleError {
  const { target } = state;
  return new HandleError("timeout", {
    message: `${target.method} ${target.origin}${target.path} was not finished within ${formatTime(milliseconds)} in all.${outcomeNote(state)}`,
    hint: "timeouts.total sets how long a request may take, including logins, repetitions and the wait for a free connection.",
    retryable: isRepeatable(state),
  });
}

/** The error for a request whose signal aborted. */
export function abortError(state: RequestState): HandleError {
  const { target } = state;
  return new HandleError("aborted", {
    message: `${target.method} ${target.origin}${target.path} was aborted.${abortNote(state)}`,
  });
}

/** The reason with which a closed transport ends its work; each request reports it by {@link abortedByCloseError}. */
export function closedError(): HandleError {
  return new HandleError("aborted", { message: "The transport was closed." });
}

/** The error for a request that was under way when the transport was closed, or came later. */
export function abortedByCloseError(state: RequestState): HandleError {
  const { target } = state;
  return new HandleError("aborted", {
    message: `${target.method} ${target.origin}${target.path} was aborted: the transport was closed.${abortNote(state)}`,
  });
}

/** The error for a redirect, or undefined; 300 is no redirect: Handle.Net's servers use it for responses of their own. */
export function redirectError(response: WireResponse, target: RequestTarget): HandleError | undefined {
  if (!REDIRECTS.includes(response.status)) return undefined;
  const location = response.headers.location;
  const from = `${target.origin}${target.path}`;
  const to = location === undefined ? undefined : parseUrl(location, from);
  const secure = to?.protocol === "https:" && from.startsWith("http:");
  return new HandleError("redirected", {
    message: to
      ? `${from} has moved to ${to.origin === "null" ? to.protocol : to.origin}${to.pathname}; redirects are not followed.`
      : `${target.origin} answered ${target.method} ${target.path} with a redirect that names no address.`,
    hint: secure
      ? "The server requires an encrypted connection: use its https address."
      : "If you trust the new address, use it as the server's.",
    status: response.status,
  });
}
