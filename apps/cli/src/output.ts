import { formatReference, type HandleValue, isHandleError, type ValueData } from "@handlekit/core";
import { EXIT, exitCodeOf } from "./exit-codes.ts";

/** Where a command writes: data to `out`, talk to `err`. */
export interface Output {
  readonly json: boolean;
  out(text: string): void;
  err(text: string): void;
}

/** Text that cannot move the cursor or ring a bell: control characters are written as escapes. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu, (c) =>
    c === "\n" ? "\\n" : c === "\t" ? "\\t" : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function dataText(data: ValueData): string {
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
      return `${data.format}:${data.value}`;
  }
}

/** One line a value: index, type, data, in columns. */
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
 * Tells a person, or with --json a program, what went wrong.
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
