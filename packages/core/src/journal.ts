import { checkEntries, decodeEntry, encodeEntry, type JournalEntry } from "./journal/entry.ts";

export type { JournalEntry, JsonValue } from "./journal/entry.ts";

/**
 * A log of intents and outcomes, so that a long job can continue after a crash without doing anything twice. An intent
 * without an outcome may or may not have been carried out.
 */
export interface Journal {
  /** Reads the entries in the order they were appended: at least all whose `append` resolved before this call. */
  entries(): AsyncIterable<JournalEntry>;
  /** Adds entries, all or none of them. Resolves once all entries are durable. */
  append(entries: readonly JournalEntry[]): Promise<void>;
}

/**
 * Creates a journal in memory, for tests and for jobs that need not survive their process.
 *
 * @returns an empty journal, which keeps and returns copies of entries
 * @example
 * ```ts
 * const journal = createMemoryJournal();
 * await journal.append([{ kind: "intent", key: "1", at: new Date().toISOString() }]);
 * for await (const { kind, key } of journal.entries()) console.log(kind, key); // intent 1
 * ```
 */
export function createMemoryJournal(): Journal {
  const lines: string[] = [];
  return {
    async *entries() {
      for (const line of lines.slice()) {
        const entry = decodeEntry(line);
        if (entry) yield entry;
      }
    },
    async append(entries) {
      checkEntries(entries);
      for (const line of entries.map(encodeEntry)) lines.push(line);
    },
  };
}
