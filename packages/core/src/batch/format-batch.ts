import type { BatchCommand, BatchValueInput } from "./command.ts";
import { formatCommand } from "./format-command.ts";

/**
 * Writes a GenericBatch file, for `hdl-genericbatch`. It shows the passwords and passphrases of AUTHENTICATE and
 * SESSIONSETUP in the clear, so keep it where only its owner can read it.
 *
 * @param commands in their order; AUTHENTICATE before what it is for. Values may be those of the REST API
 * @returns the whole file, to be written as UTF-8, an empty line after each command
 * @throws HandleError `invalid_value` naming the command by its number from 1, and the value by its index, when a batch
 *   cannot hold it: text with line breaks or white space at an end, binary data (give `{ file }`), an empty list of
 *   references, a ttl that is a time, references, a colon in the handle of a user
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
  const lines: string[] = [];
  let number = 0;
  for (const command of commands) lines.push(...formatCommand(command, ++number), "");
  return lines.map((line) => `${line}\n`).join("");
}
