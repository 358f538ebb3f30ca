import { isHandleError, printable } from "@handlekit/core";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import { inWordsOfHdl } from "./hints.ts";
import type { Output } from "./output.ts";
import { toJson } from "./to-json.ts";

/** The parts of an error that are reported. */
interface Reported {
  readonly code?: string | undefined;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly handle?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly status?: number | undefined;
}

/** The members of an error, in the words of the command line. */
export function errorMembers(error: unknown): Reported {
  if (!isHandleError(error)) return { message: error instanceof Error ? error.message : String(error) };
  const { code, handle, responseCode, status } = error;
  const hint = error.hint === undefined ? undefined : inWordsOfHdl(error.hint);
  return { code, message: inWordsOfHdl(error.message), hint, handle, responseCode, status };
}

function write(output: Output, reported: Reported, help: string | undefined): void {
  if (output.json) {
    output.err(`${toJson({ command: output.command, error: reported })}\n`);
    return;
  }
  const lines = [`hdl: ${output.errStyle.red("error:")} ${printable(reported.message)}`];
  if (reported.hint !== undefined) lines.push(`     ${printable(reported.hint)}`);
  if (help !== undefined) lines.push(`     ${output.errStyle.dim(`See ${help} --help.`)}`);
  output.err(`${lines.join("\n")}\n`);
}

/**
 * Reports an error of a command, in the one form that all have.
 *
 * @returns the exit code
 */
export function reportError(output: Output, error: unknown): number {
  const reported = errorMembers(error);
  const interrupted = reported.code === "aborted";
  write(output, reported, interrupted ? undefined : `hdl ${output.command}`.trim());
  return isHandleError(error) ? exitCodeOf(error.code) : EXIT.unexpected;
}

/**
 * Reports the failure of one item among several, such as one handle of `hdl get`; the command goes on.
 *
 * @returns the exit code that the item has on its own
 */
export function reportItem(output: Output, error: unknown, handle: string): number {
  const reported = { ...errorMembers(error), handle };
  write(output, reported, undefined);
  return isHandleError(error) ? exitCodeOf(error.code) : EXIT.unexpected;
}
