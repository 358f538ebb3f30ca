import { HandleError } from "../error.ts";
import type { BatchCommand } from "./command.ts";
import { createBatchReader } from "./create-batch-reader.ts";

/**
 * Reads a GenericBatch file as `hdl-genericbatch` would carry it out. Passwords and passphrases come as `Secret`.
 * Where GenericBatch would log a line as invalid and go on with the next one, reading ends with an error.
 *
 * @param text the whole file, decoded from UTF-8
 * @returns the commands in their order; permissions of HS_ADMIN in the order of the REST API, list handles first
 * @throws HandleError `invalid_value` naming the first line that is wrong, and never quoting it
 * @example
 * ```ts
 * parseBatch("REMOVE 3,5:20.500.12345/abc"); // [{ command: "REMOVE", handle: "20.500.12345/abc", indexes: [3, 5] }]
 * ```
 * @see Handle.Net Technical Manual, the chapter on batch operations
 */
export function parseBatch(text: string): BatchCommand[] {
  const reader = createBatchReader();
  const commands = text.split(/\r\n|\n|\r/).flatMap((line) => reader.push(line) ?? []);
  const last = reader.end();
  return last ? [...commands, last] : commands;
}

/**
 * Reads a GenericBatch file line by line, for files that are large: each command is given as soon as it is complete.
 *
 * @param lines the lines without their ends, such as `node:readline` gives them; one `\r` at the end is passed over
 * @returns the commands, as {@link parseBatch} gives them
 * @throws HandleError `invalid_value` as `parseBatch`; `invalid_options` when a line holds line breaks
 * @example
 * ```ts
 * const lines = createInterface({ input: createReadStream("batch.txt"), crlfDelay: Infinity });
 * for await (const command of readBatch(lines)) console.log(command.command);
 * ```
 */
export async function* readBatch(
  lines: AsyncIterable<string> | Iterable<string>,
): AsyncIterable<BatchCommand> {
  const reader = createBatchReader();
  for await (const given of lines) {
    const line = given.endsWith("\r") ? given.slice(0, -1) : given;
    if (/[\r\n]/.test(line)) {
      throw new HandleError("invalid_options", {
        message: "A line given to readBatch holds line breaks.",
        hint: "Split the text into lines first; a stream of text comes in pieces of any length.",
      });
    }
    const command = reader.push(line);
    if (command) yield command;
  }
  const last = reader.end();
  if (last) yield last;
}
