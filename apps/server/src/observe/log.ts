import { isHandleError, type Logger } from "@handlekit/core";
import { pino, stdTimeFunctions } from "pino";
import type { Settings } from "../settings.ts";
import type { LineWriter } from "./line-writer.ts";

type Level = Settings["logLevel"];

/** The lines of a log since its start. */
export interface LogCounts {
  /** The lines of each level that were to be written. */
  readonly lines: Readonly<Record<Level, number>>;
  /** The lines among them that could not be written. */
  readonly lost: number;
}

/** A log that may count its lines. */
export interface ServerLog extends Logger {
  readonly counts?: (() => LogCounts) | undefined;
}

/** Converts an error to JSON with its stack; a HandleError with code, hint, status and handle. */
function plain(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  if (isHandleError(value)) return { ...value.toJSON(), stack };
  return { name, message, stack, cause: cause === undefined ? undefined : plain(cause) };
}

/**
 * Creates a log that writes one JSON object per line.
 *
 * @param level the least important level that is written. Default `info`
 * @param fields of each line. Default none
 */
export function createJsonLog(
  writer: LineWriter,
  level: Level = "info",
  fields: Readonly<Record<string, unknown>> | null = null,
): ServerLog {
  const lines: Record<Level, number> = { debug: 0, info: 0, warn: 0, error: 0 };
  const logger = pino(
    {
      level,
      base: fields,
      messageKey: "message",
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: plain },
    },
    writer,
  );
  const at = (each: Level) => {
    if (!logger.isLevelEnabled(each)) return () => undefined;
    return (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      lines[each]++;
      logger[each](fields, message);
    };
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    counts: () => ({ lines: { ...lines }, lost: writer.lost }),
  };
}
