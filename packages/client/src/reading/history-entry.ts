import { HandleError, type HandleValue, printable } from "@handlekit/core";
import { readValues } from "../connection/read-values.ts";
import { differenceOf, linesOf, type ValueDifference } from "../writing/change.ts";

/** One entry of the history of a handle. */
export interface HistoryEntry {
  /** The number of the entry in the audit of the server, 1 or more; those of one handle have gaps. */
  readonly number: number;
  /** In ISO 8601, UTC. */
  readonly time: string;
  /** Who made the change, `index:prefix/suffix`; undefined if that is not known, as for a command of the server. */
  readonly identity?: string | undefined;
  /** The way in which they logged in, such as `basic`; `command` for a command of the server. */
  readonly scheme: string;
  /** The IP address of the client; only server administrators are shown it. */
  readonly address?: string | undefined;
  /** `create`, `change` or `delete`; others may follow. */
  readonly operation: string;
  readonly note?: string | undefined;
  /** The values before the change; undefined if there was no record. HS_SECKEY values have no data. */
  readonly before?: readonly HandleValue[] | undefined;
  /** The values after the change; undefined if there was no record any more. HS_SECKEY values have no data. */
  readonly after?: readonly HandleValue[] | undefined;
  readonly difference: readonly ValueDifference[];
  /** The digest of the entry in the chain of the audit, 64 hexadecimal digits. */
  readonly digest: string;
  /** Returns the entry for people: who did it when, and the difference as that of a `Change`. */
  toString(): string;
}

/** The server takes numbers of at most 15 digits. */
export const MAX_NUMBER = 999_999_999_999_999;

const NOT_SHOWN =
  "  no difference but that of time stamps, or of the data of HS_SECKEY values, which are not kept";

function entryText(this: HistoryEntry): string {
  const { number, time, identity, scheme, address, operation, note, difference } = this;
  const from = address === undefined ? "" : `, from ${address}`;
  return [
    `${number}  ${time}  ${operation}${identity === undefined ? "" : ` by ${identity}`} (${scheme}${from})`,
    ...(note === undefined ? [] : [`  note: ${note}`]),
    ...(difference.length === 0 ? [NOT_SHOWN] : difference.flatMap(linesOf)),
  ]
    .map((line) => printable(line))
    .join("\n");
}

const ENTRY = {
  toString: entryText,
  [Symbol.for("nodejs.util.inspect.custom")]: entryText,
  [Symbol.for("Deno.customInspect")]: entryText,
};

/** The error for a history that cannot be read. */
export function notAHistory(handle: string, what: string): HandleError {
  return new HandleError("protocol_error", {
    message: printable(`The server's history of ${handle} cannot be trusted: ${what}.`),
    hint: "Check the server's address.",
    handle,
  });
}

const isText = (value: unknown): value is string => typeof value === "string";
const isTextOrAbsent = (value: unknown): value is string | undefined => value === undefined || isText(value);

function readState(state: unknown, handle: string): readonly HandleValue[] | undefined {
  if (state === undefined) return undefined;
  if (!Array.isArray(state)) throw notAHistory(handle, "the values of an entry are not a list");
  // A value that is left out would be deleted when the state is restored.
  const values = readValues(state, handle, (text) => {
    throw notAHistory(handle, text);
  });
  return values.toSorted((a, b) => a.index - b.index);
}

/**
 * Reads an entry of the server's answer.
 *
 * @throws HandleError `protocol_error`
 */
export function readEntry(json: unknown, handle: string): HistoryEntry {
  const { number, time, identity, scheme, address, operation, note, before, after, digest } = (json ??
    {}) as Readonly<Record<string, unknown>>;
  const isSound =
    typeof number === "number" &&
    Number.isInteger(number) &&
    number >= 1 &&
    number <= MAX_NUMBER &&
    [time, scheme, operation, digest].every(isText) &&
    [identity, address, note].every(isTextOrAbsent);
  if (!isSound) throw notAHistory(handle, "an entry lacks members, or has ones of another kind");
  const states = { before: readState(before, handle), after: readState(after, handle) };
  const difference = differenceOf(states.before ?? [], states.after ?? []);
  const members = { number, digest, time, identity, scheme, address, operation, note, ...states, difference };
  return Object.assign(Object.create(ENTRY), members) as HistoryEntry;
}
