import { HandleError } from "@handlekit/core";

const LOCKED = "Another process is writing to the file or has locked it; try again when it is done.";
/** The hint for a file that cannot be opened, unless its error has a more specific one. */
export const ACCESS_HINT: string =
  "Check that the file and its directory exist and that this process may read and write both.";

/** Hints by SQLite's primary result code or the code of a system or module error. */
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
 * Creates a `store_failed` error.
 *
 * @param file the file of the store
 * @param what the failed action, to follow "could not", such as `read "20.500.12345/ABC"`
 * @param cause the error of SQLite or the system
 * @param hint the hint when there is none for the cause
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
