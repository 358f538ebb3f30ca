import { HandleError, RESPONSE_CODES } from "@handlekit/core";

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
  ERR_MODULE_NOT_FOUND:
    "Node 20 and 22 need the package libsql beside this one (npm install libsql); Node 24, Deno and Bun do not.",
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

/** Returns true if another connection has locked the file. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === 5 || code === 6;
}

/** Returns true if the file is no SQLite database, or a damaged one. */
export function isDamaged(error: unknown): boolean {
  const code = resultCode(error);
  return code === 11 || code === 26;
}

/**
 * Creates a `store_failed` error. A locked file has response code 3 (server busy): the same call may succeed later.
 *
 * @param file the file of the store
 * @param what the failed action, to follow "could not", such as `read "20.500.12345/ABC"`
 * @param cause the error of SQLite or the system
 * @param hint the hint when there is none for the cause
 */
export function storeFailure(file: string, what: string, cause: unknown, hint?: string): HandleError {
  const reason = textOf(cause, "message");
  const busy = isBusy(cause);
  return new HandleError("store_failed", {
    message: `The store ${file} could not ${what}${reason === undefined ? "." : `: ${reason}`}`,
    hint: HINTS[resultCode(cause) ?? textOf(cause, "code") ?? ""] ?? hint,
    responseCode: busy ? RESPONSE_CODES.serverTooBusy : undefined,
    retryable: busy,
    cause,
  });
}

/** An error of SQLite or the system as plain data, to be sent from another thread. */
export interface PlainFailure {
  readonly message: string;
  readonly code: string | undefined;
  readonly rawCode: number | undefined;
}

/** Takes from an error what {@link storeFailure} needs. */
export function plainFailure(error: unknown): PlainFailure {
  const message = textOf(error, "message") ?? String(error);
  return { message, code: textOf(error, "code"), rawCode: resultCode(error) };
}

/** Creates an error from what another thread sent. */
export function failureOf({ message, code, rawCode }: PlainFailure): Error {
  return Object.assign(new Error(message), { code, rawCode });
}
