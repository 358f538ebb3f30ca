import { type HandleError, invalidOptions, invalidValue } from "../error.ts";

/** The name of the format, in the first and in the last line. */
export const FORMAT = "handlekit-export";
/** The version of the format that this package reads and writes. */
export const VERSION = 1;
/** The default of the longest line, in UTF-16 code units. */
export const MAX_LINE_LENGTH: number = 64 * 2 ** 20;

/** The last line of an export. Without it, the export was cut off. */
export interface ExportManifest {
  /** The prefixes that the store is responsible for. */
  readonly prefixes: readonly string[];
  /** The number of records. */
  readonly records: number;
  /** The digest over all record digests in order, the selected prefixes and `prefixes`, in hex. */
  readonly digest: string;
}

/** The error for a line of an export. Does not quote it: it may contain a secret. */
export function refuseLine(line: number, why: string, hint?: string): HandleError {
  return invalidValue(`Line ${line} of the export: ${why}.`, hint);
}

/** Checks the option maxLineLength, and returns it or its default. */
export function lineLimit(caller: string, given: number | undefined): number {
  const limit = given ?? MAX_LINE_LENGTH;
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw invalidOptions(`${caller}: the option maxLineLength is not a positive integer.`);
}
