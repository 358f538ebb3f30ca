import { type FileHandle, link, lstat, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { HandleError, invalidOptions, isHandleError, printable } from "@handlekit/core";
import { syncDirectory } from "@handlekit/core/journal-file";

/** Writes text. Resolves when more may be written. */
export type Write = (text: string) => Promise<void>;

const BUFFER = 2 ** 20;

function existing(path: string): HandleError {
  return invalidOptions(`${printable(path)} exists; nothing was written.`, "Give --force to replace it.");
}

/** The error for what went wrong while a file was written: that of the system in words, any other as it is. */
function failure(path: string, cause: unknown): unknown {
  if (isHandleError(cause) || !(cause instanceof Error && "code" in cause)) return cause;
  if (cause.code === "EPIPE") {
    return new HandleError("aborted", { message: "The output is incomplete: its reader has ended.", cause });
  }
  return new HandleError("invalid_options", {
    message: `${printable(path)} cannot be written (${cause.code}).`,
    hint: "Check that its directory exists, that this process may write there, and that the disk is not full.",
    cause,
  });
}

/** @throws HandleError `invalid_options` if something has this name */
export async function assertFree(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found !== undefined) throw existing(path);
}

/** Gives a finished file its name, which must be free. Not every file system has links. */
async function nameNew(building: string, path: string): Promise<void> {
  try {
    await link(building, path);
    await rm(building);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw existing(path);
    await assertFree(path);
    await rename(building, path);
  }
}

/** Collects small texts, so that they share one write. */
export function buffered(write: Write): { readonly write: Write; flush(): Promise<void> } {
  let pieces: string[] = [];
  let length = 0;
  const flush = async () => {
    const text = pieces.join("");
    pieces = [];
    length = 0;
    if (text !== "") await write(text);
  };
  return {
    flush,
    async write(text) {
      pieces.push(text);
      length += text.length;
      if (length >= BUFFER) await flush();
    },
  };
}

/**
 * Writes a file that only its owner can read. It is built under a temporary name, and has its own once it is complete and
 * on the disk.
 *
 * @param force whether to replace a file that exists
 * @param fill writes the content
 * @throws HandleError `invalid_options` if the file exists or cannot be written; whatever `fill` throws. Nothing is left
 *   then
 */
export async function writeOutputFile<T>(
  path: string,
  force: boolean,
  fill: (write: Write) => Promise<T>,
): Promise<T> {
  if (!force) await assertFree(path);
  const building = `${path}.partial-${process.pid}`;
  let file: FileHandle | undefined;
  try {
    await rm(building, { force: true });
    file = await open(building, "wx", 0o600);
    const to = file;
    const { write, flush } = buffered(async (text) => void (await to.writeFile(text)));
    const result = await fill(write);
    await flush();
    await file.sync();
    await file.close();
    file = undefined;
    if (force) await rename(building, path);
    else await nameNew(building, path);
    await syncDirectory(dirname(resolve(path)));
    return result;
  } catch (error) {
    await file?.close().catch(() => {});
    await rm(building, { force: true }).catch(() => {});
    throw failure(path, error);
  }
}

/** Writes to a stream, such as standard output, no faster than it is read. */
export async function writeOutputStream<T>(
  stream: NodeJS.WritableStream,
  fill: (write: Write) => Promise<T>,
): Promise<T> {
  let failed: unknown;
  stream.on("error", (error) => {
    failed ??= error;
  });
  const send = (text: string) =>
    new Promise<void>((done, fail) => {
      if (failed) fail(failed);
      else stream.write(text, (error) => (error ? fail(error) : done()));
    });
  const { write, flush } = buffered(send);
  try {
    const result = await fill(write);
    await flush();
    return result;
  } catch (error) {
    throw failure("The output", error);
  }
}
