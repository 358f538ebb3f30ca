import type { Journal, JournalEntry } from "@handlekit/core/journal";

/** Creates an entry with a key. */
export function entry(key: number | string): JournalEntry {
  return { kind: "intent", key: `${key}`, at: "2026-01-02T03:04:05.678Z" };
}

/** All entries of a journal. */
export async function collect(journal: Pick<Journal, "entries">): Promise<JournalEntry[]> {
  const all: JournalEntry[] = [];
  for await (const one of journal.entries()) all.push(one);
  return all;
}
