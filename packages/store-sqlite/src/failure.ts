import { HandleError } from "@handlekit/core";

const LOCKED = "Another process is writing to the file or has locked it; try again when it is done.";
/** What to try when nothing more exact is known about a file that cannot be opened. */
export const ACCESS_HINT: string =
  "Check that the file and its directory exist and that this process may read and write both.";

/** By SQLite's primary result code, or the name of a system or module error. */
const HINTS: Readonly<Record<string, string>> = {
  5: LOCKED,
  6: LOCKED,
  8: ACCESS_HINT,
  10: "The disk failed to read or write; look into the system's log before going on.",
  11: "The file is damaged; restore it from a backup.",
  13: "The disk is full, and nothing was written; free some space on it.",
  14: ACCESS_HINT,
  26: "The file is not a SQLite database; give the store a file of its own.",
  EACCES: ACCESS_HINT,
  ENOENT: "Create the directory first.",
  ENOSPC: "The disk is full; free some space on it.",
  EROFS: ACCESS_HINT,
  MODULE_NOT_FOUND: "There is no build of libsql for this platform; Node 24, Deno and Bun need none.",
};

function textOf(error: unknown, name: string): string | undefined {
  const value: unknown = typeof error === "object" && error !== null && Reflect.get(error, name);
  return typeof value === "string" ? value : undefined;
}

/** libsql calls the number rawCode, node:sqlite errcode, Bun errno; its low byte is the primary result code. */
function resultCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  for (const name of ["rawCode", "errcode", "errno"]) {
    const value: unknown = Reflect.get(error, name);
    if (typeof value === "number" && value > 0) return value & 0xff;
  }
  return undefined;
}

/**
 * The `store_failed` error for something that a store could not do.
 *
 * @param file the store's file
 * @param what completes "could not", such as `read "20.500.12345/ABC"`
 * @param cause the error of SQLite or the system
 * @param hint what to try when the cause suggests nothing better
 */
export function storeFailure(file: string, what: string, cause: unknown, hint?: string): HandleError {
  const code = resultCode(cause);
  const reason = textOf(cause, "message");
  return new HandleError("store_failed", {
    message: `The store ${file} could not ${what}${reason === undefined ? "." : `: ${reason}`}`,
    hint: HINTS[code ?? textOf(cause, "code") ?? ""] ?? hint,
    retryable: code === 5 || code === 6,
    cause,
  });
}
