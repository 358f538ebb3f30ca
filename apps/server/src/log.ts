import { formatReference, isHandleError, type Logger } from "@handlekit/core";
import type { ServiceEvent } from "@handlekit/service";

type Level = "debug" | "info" | "warn" | "error";

/** Converts an error to JSON with its stack; a HandleError with code, hint, status and handle. */
function plain(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  if (isHandleError(value)) return { ...value.toJSON(), stack };
  return { name, message, stack, cause: cause === undefined ? undefined : plain(cause) };
}

/** Creates a logger that writes one JSON object per line. */
export function createJsonLog(write: (line: string) => void, now: () => Date = () => new Date()): Logger {
  const log =
    (level: Level) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      const shown = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));
      write(`${JSON.stringify({ time: now().toISOString(), level, message, ...shown })}\n`);
    };
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}

/**
 * Creates the function that logs each request, without headers, query and body.
 *
 * @param all false to log only requests with a failed login
 */
export function createAccessLog(log: Logger, all: boolean): (event: ServiceEvent) => void {
  return (event) => {
    const { method, path, remoteAddress, identity, handle, status, responseCode, milliseconds, bytes } =
      event;
    const { failedLogin } = event;
    if (!all && failedLogin === undefined) return;
    log.info("request", {
      remote: remoteAddress,
      method,
      path,
      identity: identity && formatReference(identity),
      failedLogin,
      handle,
      status,
      responseCode,
      ms: Math.round(milliseconds * 10) / 10,
      bytes,
    });
  };
}
