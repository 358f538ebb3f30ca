import { checkArgument } from "../check.ts";
import { invalidValue } from "../error.ts";

/** A value that JSON can represent. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** An entry of a journal: an intent, or the outcome of one. */
export interface JournalEntry {
  /** The kind of entry, such as `intent` or `outcome`. Readers ignore unknown kinds. */
  readonly kind: string;
  /** The item that it is about, such as a number or an idempotency key. */
  readonly key: string;
  /** An ISO 8601 time, such as `2030-01-02T03:04:05.678Z`. */
  readonly at: string;
  /** Anything else, such as a digest or a status. Never a secret: it is stored as plain text. */
  readonly data?: JsonValue | undefined;
}

/** Checks the argument of `append`. */
export function checkEntries(entries: readonly JournalEntry[]): void {
  checkArgument("Journal.append", "entries", entries, ["array"]);
  for (const entry of entries) checkArgument("Journal.append", "an entry", entry, ["object"]);
}

/**
 * Returns an entry as one line of JSON without a line end. Line breaks in the entry are escaped.
 *
 * @throws HandleError `invalid_value` if it is not an entry or its data are not JSON
 */
export function encodeEntry({ kind, key, at, data }: JournalEntry): string {
  try {
    if (isText(kind) && isText(key) && isText(at)) return JSON.stringify({ kind, key, at, data });
  } catch {
    // The error of JSON.stringify may quote the data.
  }
  throw invalidValue(
    "An entry of the journal cannot be written as JSON.",
    "It needs the texts kind, key and at; its data may only contain what JSON can represent.",
  );
}

const isText = (value: unknown): value is string => typeof value === "string";

/** Returns the entry in a line, or undefined if the line is not an entry. */
export function decodeEntry(line: string): JournalEntry | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof entry !== "object" || entry === null) return undefined;
  const { kind, key, at, data } = entry as Readonly<Record<string, JsonValue | undefined>>;
  if (!isText(kind) || !isText(key) || !isText(at)) return undefined;
  return { kind, key, at, ...(data === undefined ? {} : { data }) };
}
