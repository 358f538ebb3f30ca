import { formatReference, type HandleValue, isHandleError, printable, type ValueData } from "@handlekit/core";
import { EXIT, exitCodeOf } from "./exit-codes.ts";

/** The output of a command: data go to `out`, messages to `err`. */
export interface Output {
  readonly json: boolean;
  out(text: string): void;
  err(text: string): void;
}

function dataText(data: ValueData): string {
  // Some services give values that no format describes; the client passes them on.
  if ((data as Partial<ValueData> | null)?.value === undefined || data.value === null)
    return JSON.stringify(data);
  switch (data.format) {
    case "string":
      return data.value;
    case "admin":
      return `${formatReference(data.value)} ${data.value.permissions}`;
    case "vlist":
      return data.value.map(formatReference).join(" ");
    case "key":
      return `${data.value.kty} public key`;
    case "site":
      return data.value.servers.map(({ serverId, address }) => `server ${serverId} at ${address}`).join(", ");
    default:
      return typeof data.value === "string" ? `${data.format}:${data.value}` : JSON.stringify(data);
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
    output.err(output.json ? `${JSON.stringify({ error: { message } })}\n` : `hdl: ${printable(message)}\n`);
    return EXIT.unexpected;
  }
  const { code, message, hint, handle, responseCode, status } = error;
  if (output.json) {
    output.err(`${JSON.stringify({ error: { code, message, hint, handle, responseCode, status } })}\n`);
  } else {
    output.err(`hdl: ${printable(message)}\n${hint === undefined ? "" : `     ${printable(hint)}\n`}`);
  }
  return exitCodeOf(code);
}
