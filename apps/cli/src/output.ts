import {
  encodeData,
  formatReference,
  type HandleValue,
  isHandleError,
  printable,
  type ValueData,
} from "@handlekit/core";
import { EXIT, exitCodeOf } from "./exit-codes.ts";

/** The output of a command: data go to `out`, messages to `err`. */
export interface Output {
  readonly json: boolean;
  out(text: string): void;
  err(text: string): void;
}

const escape16 = (unit: number) => `\\u${unit.toString(16).padStart(4, "0")}`;

/** Writes JSON that a terminal shows as it is: what is invisible or steers the terminal is escaped, too. */
export function toJson(value: unknown): string {
  return printable(JSON.stringify(value) ?? "null", (codePoint) =>
    Array.from({ length: codePoint > 0xffff ? 2 : 1 }, (_, i) =>
      escape16(String.fromCodePoint(codePoint).charCodeAt(i)),
    ).join(""),
  );
}

function structuredText(data: ValueData): string {
  switch (data.format) {
    case "admin":
      return `${formatReference(data.value)} ${data.value.permissions}`;
    case "vlist":
      return data.value.map(formatReference).join(" ");
    case "key":
      return `${data.value.kty} public key`;
    case "site":
      // A site without servers can be written, but is not what the format says.
      if (!Array.isArray(data.value.servers)) return JSON.stringify(data);
      return data.value.servers.map(({ serverId, address }) => `server ${serverId} at ${address}`).join(", ");
    default:
      return `${data.format}:${data.value}`;
  }
}

function dataText(data: ValueData): string {
  try {
    // Throws for data that are not what their format says. The client passes on such values of odd servers.
    encodeData(data);
    return data.format === "string" ? String(data.value) : structuredText(data);
  } catch (error) {
    if (!isHandleError(error)) throw error;
    return JSON.stringify(data) ?? "";
  }
}

/** Formats values in columns, one line each: index, type, data. */
export function formatValues(values: readonly HandleValue[]): string {
  const rows = values.map(
    ({ index, type, data }) => [String(index), printable(type), printable(dataText(data))] as const,
  );
  const width = (column: 0 | 1) => Math.max(0, ...rows.map((row) => row[column].length));
  const [first, second] = [width(0), width(1)];
  return rows
    .map(([index, type, data]) => `${index.padStart(first)}  ${type.padEnd(second)}  ${data}\n`)
    .join("");
}

/**
 * Reports an error to `err`: as text, or with --json as one line of JSON.
 *
 * @returns the exit code
 */
export function reportError(output: Output, error: unknown): number {
  if (!isHandleError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    output.err(output.json ? `${toJson({ error: { message } })}\n` : `hdl: ${printable(message)}\n`);
    return EXIT.unexpected;
  }
  const { code, message, hint, handle, responseCode, status } = error;
  if (output.json) {
    output.err(`${toJson({ error: { code, message, hint, handle, responseCode, status } })}\n`);
  } else {
    output.err(`hdl: ${printable(message)}\n${hint === undefined ? "" : `     ${printable(hint)}\n`}`);
  }
  return exitCodeOf(code);
}
