import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { addAbortSignal, type Readable } from "node:stream";
import { HandleError, isHandleError, printable } from "@handlekit/core";

/** The input of an import. */
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

function unreadable(name: string, cause: unknown): unknown {
  if (isHandleError(cause)) return cause;
  return new HandleError("invalid_options", {
    message: `${name} cannot be read (${(cause as NodeJS.ErrnoException).code}).`,
    hint: "Check the path and the permissions.",
    cause,
  });
}

/** Reads a stream to its end, or until it is to stop: also while nothing arrives. */
async function* readStream(stream: Readable, name: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* addAbortSignal(signal, stream) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    signal.throwIfAborted();
    throw unreadable(name, cause);
  }
}

/**
 * Looks at an input before it is read.
 *
 * @param path the file; `-` for standard input
 * @param signal ends reading, with its reason as error
 * @throws HandleError `invalid_options` if there is no such file, or if it cannot be read
 */
export async function openInput(path: string, signal: AbortSignal): Promise<Input> {
  if (path === "-") {
    const name = "Standard input";
    const read = () => readStream(process.stdin, name, signal);
    return { name, folder: process.cwd(), size: undefined, isReadableByOthers: false, read };
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
    read: () => readStream(createReadStream(path, { highWaterMark: CHUNK }), name, signal),
  };
}
