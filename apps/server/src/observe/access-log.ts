import { formatReference, type Logger } from "@handlekit/core";
import type { ServiceEvent } from "@handlekit/service";

/** A request that takes longer is logged always, in milliseconds. */
const SLOW_MS = 1000;

/** Returns true for a request that is logged always: somebody may look for it later. */
function isRemarkable({ status, identity, failedLogin, milliseconds }: ServiceEvent): boolean {
  const isRefused = status === 403 && identity !== undefined;
  return failedLogin !== undefined || isRefused || status >= 500 || milliseconds > SLOW_MS;
}

/**
 * Creates the function that logs requests, without headers, query and body. Failed logins, refusals to a user, statuses
 * from 500 and requests that take more than a second are warnings, and always logged.
 *
 * @param accessLog true for all requests, `1/N` for each Nth, false for none of the others
 */
export function createAccessLog(log: Logger, accessLog: boolean | string): (event: ServiceEvent) => void {
  const every = typeof accessLog === "string" ? Number(accessLog.slice(2)) : Number(accessLog);
  let count = 0;
  return (event) => {
    const remarkable = isRemarkable(event);
    const isChosen = every > 0 && ++count % every === 0;
    if (!remarkable && !isChosen) return;
    const { id, remoteAddress, method, route, path, identity, scheme, account, failedLogin } = event;
    const { handle, status, responseCode, reason, milliseconds, bytes } = event;
    log[remarkable ? "warn" : "info"]("request", {
      id,
      remote: remoteAddress,
      method,
      route,
      path,
      identity: identity && formatReference(identity),
      scheme,
      account,
      failedLogin,
      handle,
      status,
      responseCode,
      reason,
      ms: Math.round(milliseconds * 10) / 10,
      bytes,
    });
  };
}
