import { type HandleKey, handleKey, invalidValue, quoteForMessage } from "@handlekit/core";
import type { Journal, JournalEntry, JsonValue } from "@handlekit/core/journal";

/** The values of the handle of a key. */
export interface MintValues {
  readonly url?: string | undefined;
  readonly desc?: string | undefined;
}

/** The state of one key, as the journal tells it. */
export interface KnownMint extends MintValues {
  /** The handles that had the value before the first try. */
  readonly before: readonly string[];
  /** When the latest entry was written, in milliseconds since 1970. */
  readonly at: number;
  /** Absent while it is unknown whether a handle was minted. */
  readonly handle?: string | undefined;
  /** True when the handle has all its values. */
  readonly complete: boolean;
}

/** The state of all keys of a journal. */
export interface KnownMints {
  /**
   * Returns the state of a key; undefined when nothing was tried for it, or when the service refused every try.
   *
   * @throws HandleError `invalid_value` when an entry of the key was not written by `mintOnce`
   */
  of(key: string): KnownMint | undefined;
  /** Returns true when the handle was minted for another key. */
  isOfAnother(handle: string, key: string): boolean;
  /** Takes in one more entry. */
  take(entry: JournalEntry): void;
}

/** An entry before it gets its key and time. */
export interface MintEntry {
  readonly kind: "mint-intent" | "mint-refused" | "mint-handle" | "mint-complete";
  readonly data?: JsonValue | undefined;
}

/** Returns the entry that is written before a handle with these values is minted. */
export function intentEntry({ url, desc }: MintValues, before: readonly string[]): MintEntry {
  const values = { ...(url === undefined ? {} : { url }), ...(desc === undefined ? {} : { desc }) };
  return { kind: "mint-intent", data: { ...values, before } };
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === "string";
}

function fieldsOf({ data }: JournalEntry): Readonly<Record<string, JsonValue | undefined>> {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return {};
  return data as Readonly<Record<string, JsonValue>>;
}

function readIntent(entry: JournalEntry): KnownMint | undefined {
  const { url, desc, before } = fieldsOf(entry);
  if (!Array.isArray(before) || !before.every(isText)) return undefined;
  if ((url !== undefined && !isText(url)) || (desc !== undefined && !isText(desc))) return undefined;
  return { url, desc, before, at: Date.parse(entry.at), complete: false };
}

/** Returns the state after one more entry of the key; undefined for an entry that may not follow the others. */
function advance(mint: KnownMint | undefined, entry: JournalEntry): KnownMint | undefined {
  const { handle } = fieldsOf(entry);
  if (entry.kind === "mint-intent") return readIntent(entry);
  if (mint === undefined) return undefined;
  if (entry.kind === "mint-handle" && isText(handle)) return { ...mint, at: Date.parse(entry.at), handle };
  if (entry.kind === "mint-complete" && mint.handle !== undefined)
    return { ...mint, before: [], complete: true };
  return undefined;
}

const KINDS: readonly string[] = ["mint-intent", "mint-refused", "mint-handle", "mint-complete"];
const SEVERAL = Symbol("several keys");

function createKnownMints(): KnownMints {
  const mints = new Map<string, KnownMint | "unreadable">();
  const keys = new Map<HandleKey, string | typeof SEVERAL>();
  return {
    of(key) {
      const mint = mints.get(key);
      if (mint !== "unreadable") return mint;
      throw invalidValue(
        `The journal's entries for the key ${quoteForMessage(key)} are not those of mintOnce.`,
        "Use another journal, or another key.",
      );
    },
    isOfAnother(handle, key) {
      const found = keys.get(handleKey(handle));
      return found !== undefined && found !== key;
    },
    take(entry) {
      const { kind, key } = entry;
      if (!KINDS.includes(kind)) return;
      const { handle } = fieldsOf(entry);
      if (isText(handle)) {
        const known = keys.get(handleKey(handle)) ?? key;
        keys.set(handleKey(handle), known === key ? key : SEVERAL);
      }
      const mint = mints.get(key);
      if (mint === "unreadable") return;
      if (kind === "mint-refused") mints.delete(key);
      else mints.set(key, advance(mint, entry) ?? "unreadable");
    },
  };
}

/** Each journal belongs to one process: it is read once, and its state then follows what is written. */
const knownOf = new WeakMap<Journal, Promise<KnownMints>>();

async function readAll(journal: Journal): Promise<KnownMints> {
  const known = createKnownMints();
  for await (const entry of journal.entries()) known.take(entry);
  return known;
}

/** Resolves to the state of all keys of a journal. */
export async function readMints(journal: Journal): Promise<KnownMints> {
  const reading = knownOf.get(journal) ?? readAll(journal);
  knownOf.set(journal, reading);
  try {
    return await reading;
  } catch (error) {
    knownOf.delete(journal);
    throw error;
  }
}

/** Appends entries of a key, all or none of them. */
export async function writeMints(
  journal: Journal,
  key: string,
  now: number,
  entries: readonly MintEntry[],
): Promise<void> {
  const at = new Date(now).toISOString();
  const written = entries.map((entry) => ({ ...entry, key, at }));
  const known = await readMints(journal);
  try {
    await journal.append(written);
  } catch (error) {
    // Only reading the journal again shows whether they were written.
    knownOf.delete(journal);
    throw error;
  }
  for (const entry of written) known.take(entry);
}
