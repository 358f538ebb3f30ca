import { checkIterable } from "../check.ts";
import type { BatchCommand, BatchValueInput } from "./command.ts";
import { formatCommand } from "./format-command.ts";

/**
 * Formats a batch for `hdl-genericbatch`. It contains the passwords and passphrases of AUTHENTICATE and SESSIONSETUP as
 * plain text, so make sure that only its owner can read it.
 *
 * @param commands the commands in order, each AUTHENTICATE before those that it authenticates
 * @returns the content of the file, to be encoded as UTF-8, with an empty line after each command
 * @throws HandleError `invalid_value` that names the command by its number, from 1, and the value by its index, if the
 *   format cannot represent it: text with line breaks or with white space at its ends, binary data (use `{ file }`), an
 *   empty list of references, a ttl that is a time, references, a colon in the handle of a user
 * @example
 * ```ts
 * formatBatch([
 *   {
 *     command: "AUTHENTICATE",
 *     method: "SECKEY",
 *     identity: parseReference("300:0.NA/20.500.12345"),
 *     password: secret("..."),
 *   },
 *   { command: "DELETE", handle: "20.500.12345/abc" },
 * ]);
 * ```
 * @see Handle.Net Technical Manual, the chapter on batch operations
 */
export function formatBatch(commands: Iterable<BatchCommand<BatchValueInput>>): string {
  checkIterable("formatBatch", "commands", commands);
  const lines: string[] = [];
  let number = 0;
  for (const command of commands) lines.push(...formatCommand(command, ++number), "");
  return lines.map((line) => `${line}\n`).join("");
}
