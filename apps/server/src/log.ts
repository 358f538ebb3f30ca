import type { Logger } from "@handlekit/core";

type Level = "debug" | "info" | "warn" | "error";

function plain(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { cause } = value;
  return {
    name: value.name,
    message: value.message,
    stack: value.stack,
    ...(cause === undefined ? {} : { cause: plain(cause) }),
  };
}

/** A log of one JSON object a line. */
export function createJsonLog(write: (line: string) => void, now: () => Date = () => new Date()): Logger {
  const log =
    (level: Level) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      const shown = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));
      write(`${JSON.stringify({ time: now().toISOString(), level, message, ...shown })}\n`);
    };
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}
