import { type FileHandle, open } from "node:fs/promises";
import { decodeUtf8, HandleError, invalidOptions, printable } from "@handlekit/core";

/** The maximum length of a secret in a file, in bytes. */
const MAX_BYTES = 1024;

/** Reads until there is nothing more, or more than is allowed. */
async function readStart(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    read.push(chunk);
    length += chunk.length;
    if (length > MAX_BYTES) break;
  }
  return Buffer.concat(read);
}

async function readBytes(path: string, what: string, warn: (text: string) => void): Promise<Uint8Array> {
  if (path === "-") return readStart(process.stdin);
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { mode } = await file.stat();
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      const shown = printable(path);
      warn(`Other users of this machine have access to ${shown}. Run: chmod 600 ${shown}`);
    }
    return await readStart(file.createReadStream({ autoClose: false }));
  } catch (cause) {
    throw new HandleError("invalid_options", {
      message: `The ${what} ${printable(path)} cannot be read (${(cause as NodeJS.ErrnoException).code}).`,
      hint: "Check the path and the permissions.",
      cause,
    });
  } finally {
    await file?.close();
  }
}

/**
 * Reads a secret from a file, without the line break at its end.
 *
 * @param path the file; `-` for standard input
 * @param what the name of the file for messages
 * @param warn called with a warning if other users have access to the file
 * @throws HandleError `invalid_options` if the file cannot be read, or is not one line of 1 to 1024 bytes of UTF-8; the
 *   message does not quote it
 */
export async function readSecretFile(
  path: string,
  what: string,
  warn: (text: string) => void,
): Promise<string> {
  const bytes = await readBytes(path, what, warn);
  const refuse = (why: string) =>
    invalidOptions(
      `The ${what} ${path === "-" ? "on standard input" : printable(path)} ${why}.`,
      "It must contain the secret, optionally followed by a line break, and nothing else.",
    );
  if (bytes.length > MAX_BYTES) throw refuse(`has more than ${MAX_BYTES} bytes`);
  const text = decodeUtf8(bytes)?.replace(/^\ufeff|\r?\n$/g, "");
  if (text === undefined) throw refuse("is not UTF-8");
  if (text === "") throw refuse("is empty");
  if (/\p{Cc}/u.test(text)) throw refuse("contains a line break or a control character");
  return text;
}
