import { checkIterable, checkText } from "../check.ts";
import { invalidOptions } from "../error.ts";
import type { BatchCommand } from "./command.ts";
import { createBatchReader } from "./create-batch-reader.ts";

/**
 * Parses a batch as `hdl-genericbatch` would. Passwords and passphrases are of type `Secret`. Throws at an invalid line,
 * which GenericBatch would log and skip.
 *
 * @param text the content of the file, decoded from UTF-8
 * @returns the commands in order; the permissions of HS_ADMIN as the REST API has them, list handles first
 * @throws HandleError `invalid_value` that names the first invalid line, and never quotes it
 * @example
 * ```ts
 * parseBatch("REMOVE 3,5:20.500.12345/abc"); // [{ command: "REMOVE", handle: "20.500.12345/abc", indexes: [3, 5] }]
 * ```
 * @see Handle.Net Technical Manual, the chapter on batch operations
 */
export function parseBatch(text: string): BatchCommand[] {
  checkText("parseBatch", "text", text);
  const reader = createBatchReader();
  const commands = text.split(/\r\n|\n|\r/).flatMap((line) => reader.push(line) ?? []);
  const last = reader.end();
  return last ? [...commands, last] : commands;
}

/**
 * Parses a large batch line by line, and yields each command as soon as it is complete.
 *
 * @param lines the lines without line ends, as `node:readline` yields them; one `\r` at the end is ignored
 * @returns the commands, as {@link parseBatch} returns them
 * @throws HandleError `invalid_value` as `parseBatch` does; `invalid_options` if a line contains line breaks or is not a
 *   string
 * @example
 * ```ts
 * const lines = createInterface({ input: createReadStream("batch.txt"), crlfDelay: Infinity });
 * for await (const command of readBatch(lines)) console.log(command.command);
 * ```
 */
export async function* readBatch(
  lines: AsyncIterable<string> | Iterable<string>,
): AsyncIterable<BatchCommand> {
  checkIterable("readBatch", "lines", lines);
  const reader = createBatchReader();
  for await (const given of lines) {
    checkText("readBatch", "a line", given);
    const line = given.endsWith("\r") ? given.slice(0, -1) : given;
    if (/[\r\n]/.test(line)) {
      throw invalidOptions(
        "readBatch: a line contains line breaks.",
        "Split the text into lines first, for example with node:readline; the chunks of a stream are not lines.",
      );
    }
    const command = reader.push(line);
    if (command) yield command;
  }
  const last = reader.end();
  if (last) yield last;
}
