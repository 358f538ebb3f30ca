import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { HandleError, printable } from "@handlekit/core";

/** What is imported. */
export interface Input {
  /** The name for messages. */
  readonly name: string;
  /** The folder to which paths in it are relative. */
  readonly folder: string;
  /** The number of bytes; undefined if it is not a file, which can be read only once. */
  readonly size: number | undefined;
  /** Whether other users of this machine can read it. */
  readonly isReadableByOthers: boolean;
  /** Reads the bytes from the beginning. */
  read(): AsyncIterable<Uint8Array>;
}

const CHUNK = 2 ** 20;

function unreadable(name: string, cause: unknown): HandleError {
  return new HandleError("invalid_options", {
    message: `${name} cannot be read (${(cause as NodeJS.ErrnoException).code}).`,
    hint: "Check the path and the permissions.",
    cause,
  });
}

/**
 * Looks at an input before it is read.
 *
 * @param path the file; `-` for standard input
 * @throws HandleError `invalid_options` if there is no such file, or if it cannot be read
 */
export async function openInput(path: string): Promise<Input> {
  if (path === "-") {
    const read = () => process.stdin as AsyncIterable<Uint8Array>;
    return {
      name: "Standard input",
      folder: process.cwd(),
      size: undefined,
      isReadableByOthers: false,
      read,
    };
  }
  const name = printable(path);
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(name, cause);
  });
  if (found.isDirectory()) throw unreadable(name, { code: "EISDIR" });
  return {
    name: printable(basename(path)),
    folder: dirname(resolve(path)),
    size: found.isFile() ? found.size : undefined,
    isReadableByOthers: process.platform !== "win32" && found.isFile() && (found.mode & 0o077) !== 0,
    async *read() {
      try {
        yield* createReadStream(path, { highWaterMark: CHUNK }) as AsyncIterable<Uint8Array>;
      } catch (cause) {
        throw unreadable(name, cause);
      }
    },
  };
}
