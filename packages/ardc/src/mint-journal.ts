import { HandleError, type HandleKey, handleKey, quoteForMessage } from "@handlekit/core";
import type { Journal, JournalEntry, JsonValue } from "@handlekit/core/journal";

/** What was to be minted for a key. */
export interface MintValues {
  readonly url?: string | undefined;
  readonly desc?: string | undefined;
}

/** What the journal knows of one key. */
export interface KnownMint extends MintValues {
  /** The handles that had the value before the first try. */
  readonly before: readonly string[];
  /** When the latest entry was written, in milliseconds since 1970. */
  readonly at: number;
  /** Absent while nobody knows whether there is one. */
  readonly handle?: string;
  /** True when the handle has all its values. */
  readonly complete: boolean;
}

/** What the journal knows. */
export interface KnownMints {
  /** Undefined when nothing was tried for the key, or only what the service refused. */
  readonly mint: KnownMint | undefined;
  /** The handles of all other keys. */
  readonly others: ReadonlySet<HandleKey>;
}

/** One of the entries, as it is written. */
export interface MintEntry {
  readonly kind: "mint-intent" | "mint-refused" | "mint-handle" | "mint-complete";
  readonly data?: JsonValue;
}

/** Says that a handle with these values is about to be minted. */
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

/** What is known after one more entry of the key; undefined when it is none that may stand there. */
function advance(mint: KnownMint | undefined, entry: JournalEntry): KnownMint | undefined {
  const { handle } = fieldsOf(entry);
  if (entry.kind === "mint-intent") return readIntent(entry);
  if (mint === undefined) return undefined;
  if (entry.kind === "mint-handle" && isText(handle)) return { ...mint, at: Date.parse(entry.at), handle };
  if (entry.kind === "mint-complete" && mint.handle !== undefined) return { ...mint, complete: true };
  return undefined;
}

/**
 * What a journal knows of a key, and which handles it knows of others.
 *
 * @throws HandleError `invalid_value` when an entry of the key is not as `mintOnce` writes it
 */
export async function readMints(journal: Journal, key: string): Promise<KnownMints> {
  const others = new Set<HandleKey>();
  let mint: KnownMint | undefined;
  for await (const entry of journal.entries()) {
    if (!["mint-intent", "mint-refused", "mint-handle", "mint-complete"].includes(entry.kind)) continue;
    const { handle } = fieldsOf(entry);
    if (entry.key !== key) {
      if (isText(handle)) others.add(handleKey(handle));
      continue;
    }
    const refused = entry.kind === "mint-refused";
    mint = refused ? undefined : advance(mint, entry);
    if (mint !== undefined || refused) continue;
    throw new HandleError("invalid_value", {
      message: `The journal's entries for the key ${quoteForMessage(key)} are not those of mintOnce.`,
      hint: "Use another journal, or another key.",
    });
  }
  return { mint, others };
}

/** Adds entries of a key, all or none of them. */
export async function writeMints(
  journal: Journal,
  key: string,
  now: number,
  entries: readonly MintEntry[],
): Promise<void> {
  const at = new Date(now).toISOString();
  await journal.append(entries.map((entry) => ({ ...entry, key, at })));
}
