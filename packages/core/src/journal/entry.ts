import { HandleError } from "../error.ts";

/** What JSON can say. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** One entry of a journal: what was about to be done, or what became of it. */
export interface JournalEntry {
  /** What it says, such as `intent` or `outcome`. A reader passes over kinds it does not know. */
  readonly kind: string;
  /** What it is about: the number of an item, or the key under which something is done once. */
  readonly key: string;
  /** When, as an ISO 8601 time such as `2030-01-02T03:04:05.678Z`. */
  readonly at: string;
  /** Anything more, such as a digest before or a status after. Never a secret: it is kept in the clear. */
  readonly data?: JsonValue;
}

/**
 * An entry as one line of JSON, without its end; line breaks within are escaped.
 *
 * @throws HandleError `invalid_value` when it is not an entry or its data are not JSON
 */
export function encodeEntry({ kind, key, at, data }: JournalEntry): string {
  try {
    if (isText(kind) && isText(key) && isText(at)) return JSON.stringify({ kind, key, at, data });
  } catch {
    // What JSON.stringify throws may quote the data.
  }
  throw new HandleError("invalid_value", {
    message: "An entry of the journal cannot be written as JSON.",
    hint: "It needs the texts kind, key and at; its data may hold only what JSON can.",
  });
}

const isText = (value: unknown): value is string => typeof value === "string";

/** The entry in a line; undefined when there is none. */
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
