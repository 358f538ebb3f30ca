import { HandleError, RESPONSE_CODES } from "@handlekit/core";

const UNREACHABLE = "Check that PostgreSQL is running and that the address and the port are right.";
const LOGIN = "Check the user and the password: PGPASSWORD, the option password, or the connection string.";
const BUSY = "Try again; if it goes on, look for long transactions in pg_stat_activity.";
const UNKNOWN = "Nobody knows whether it was written. Read it before you try again.";
const FULL = "The disk of PostgreSQL is full, and nothing was written; free some space on it.";
const ACCESS =
  "Grant this role the rights on the schema and its tables, or let a role that may create tables open the store once.";

/** Hints by SQLSTATE, by its class (two characters), or by the code of a system error. */
const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: UNREACHABLE,
  ENOENT: UNREACHABLE,
  ENOTFOUND: UNREACHABLE,
  EAI_AGAIN: UNREACHABLE,
  ETIMEDOUT: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  "28": LOGIN,
  "3D": "Create the database first: createdb NAME.",
  "25006": "This is a read-only standby; connect to the primary server.",
  "3F000": ACCESS,
  "40": BUSY,
  "42501": ACCESS,
  "42P01": "A table is missing. Restore it, or open the store again, which creates those that are missing.",
  "42703": "The table has other columns than those of Handle.Net; give the store a schema of its own.",
  "53100": FULL,
  "53300": "Raise max_connections of PostgreSQL, or lower the option maxConnections.",
  "55P03": BUSY,
  "57014": BUSY,
  "57": "PostgreSQL is starting or stopping; try again.",
};

/** Codes of errors after which the same call may succeed: the server is away or busy. */
const TRANSIENT = /^(08...|40...|53[23]00|55P03|57...|E[A-Z_]+)$/;

function textOf(error: unknown, name: string): string | undefined {
  const value: unknown = typeof error === "object" && error !== null && Reflect.get(error, name);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The SQLSTATE or system code of an error. An error that tried several addresses has that of the first. */
export function codeOf(error: unknown): string | undefined {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return textOf(error, "code") ?? textOf(first, "code");
}

/** Returns true if the statement did not reach its end on the server, as far as this side knows. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined) return /^(08...|57P0[123]|E[A-Z_]+)$/.test(code);
  // The errors of `pg` itself have no code.
  return error instanceof Error && /connect|terminated|timeout/i.test(error.message);
}

/** Returns true if there was no answer, or no connection, in time. */
export function isTimeout(error: unknown): boolean {
  return codeOf(error) === undefined && error instanceof Error && /timeout/i.test(error.message);
}

/** Returns true if a transaction fails only because of others at the same time, and should be tried again. */
export function isSerialisationFailure(error: unknown): boolean {
  return /^(40001|40P01)$/.test(codeOf(error) ?? "");
}

/** The connection was lost before a transaction was to end, so that it did not happen. */
export class NothingWritten extends Error {}

/** The connection was lost while a transaction ended. */
export class OutcomeUnknown extends Error {}

/** Returns true if the host does not accept writes: it is a standby, or set so. */
export function isReadOnly(error: unknown): boolean {
  return codeOf(error) === "25006";
}

/** Returns true if a row with the same key was inserted by another transaction. */
export function isDuplicate(error: unknown): boolean {
  return codeOf(error) === "23505";
}

function reasonOf(error: unknown): string | undefined {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return textOf(error, "message") ?? textOf(first, "message");
}

/**
 * Creates a `store_failed` error. When the server is away or busy it has response code 3 (server busy): the same call may
 * succeed later.
 *
 * @param name the database, without the password
 * @param what the failed action, to follow "could not", such as `read "20.500.12345/ABC"`
 * @param error the error of PostgreSQL, of `pg`, or of the system
 */
export function storeFailure(name: string, what: string, error: unknown): HandleError {
  const isUnknown = error instanceof OutcomeUnknown;
  const cause = isUnknown ? error.cause : error;
  const code = codeOf(cause) ?? "";
  const reason = reasonOf(cause);
  const transient = TRANSIENT.test(code) || isConnectionLost(cause);
  const known = HINTS[code] ?? HINTS[code.slice(0, 2)] ?? (transient ? UNREACHABLE : undefined);
  return new HandleError("store_failed", {
    message: `The store ${name} could not ${what}${reason === undefined ? "." : `: ${reason}`}`,
    hint: isUnknown ? UNKNOWN : known,
    responseCode: transient ? RESPONSE_CODES.serverTooBusy : undefined,
    retryable: transient,
    cause,
  });
}
