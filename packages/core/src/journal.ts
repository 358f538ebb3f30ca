import { decodeEntry, encodeEntry, type JournalEntry } from "./journal/entry.ts";

export type { JournalEntry, JsonValue } from "./journal/entry.ts";

/**
 * Where a long piece of work writes down what it is about to do and what became of it, so that it can go on after a
 * crash without doing anything twice. An intent without an outcome is something that may or may not have been done.
 */
export interface Journal {
  /** The entries in the order they were appended: at least all whose `append` had ended before this call. */
  entries(): AsyncIterable<JournalEntry>;
  /** Adds entries, all or none of them. They are durable when it ends. */
  append(entries: readonly JournalEntry[]): Promise<void>;
}

/**
 * A journal in memory, for tests and for work that need not survive its process.
 *
 * @returns an empty journal; what goes in and out are copies
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
      for (const line of entries.map(encodeEntry)) lines.push(line);
    },
  };
}
