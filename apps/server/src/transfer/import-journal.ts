import { access, rm } from "node:fs/promises";
import { join } from "node:path";
import { invalidOptions } from "@handlekit/core";
import { type JsonValue, openJournalFile } from "@handlekit/core/journal-file";
import type { Outcome } from "./change-record.ts";

/** How many records had which outcome. */
export type Counts = Readonly<Record<Outcome, number>>;

/** A place in an input up to which everything has been written. */
export interface Position {
  /** The number of records or commands before it. */
  readonly records: number;
  /** The digest of everything before it. */
  readonly digest: string;
  readonly counts: Counts;
}

/** Remembers how far an import is, so that it can continue after a crash. */
export interface ImportJournal {
  /** The place at which to continue; undefined if no import was interrupted. */
  readonly start: Position | undefined;
  /** Creates the journal, before anything is written to the store. */
  begin(): Promise<void>;
  /** Resolves once the place is durable. */
  reached(position: Position): Promise<void>;
  /** Closes the journal and keeps it. */
  close(): Promise<void>;
  /** Removes the journal: the import is complete, or has written nothing. */
  remove(): Promise<void>;
}

const NAME = "import.journal";
/** Records may have been written, but none of them is known to be. */
const BEGINNING: Position = { records: 0, digest: "", counts: { written: 0, replaced: 0, kept: 0 } };

function readPosition(data: JsonValue | undefined): Position | undefined {
  const { records, digest, counts } = (data ?? {}) as unknown as Partial<Position>;
  return records !== undefined && digest !== undefined && counts !== undefined
    ? { records, digest, counts }
    : undefined;
}

/**
 * Opens the journal of a data directory.
 *
 * @param resume whether to continue an interrupted import
 * @throws HandleError `invalid_options` if there is an interrupted import and it is not to be continued, or the other way
 *   round; `store_failed` if the journal is damaged or cannot be written
 */
export async function openImportJournal(directory: string, resume: boolean): Promise<ImportJournal> {
  const path = join(directory, NAME);
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (resume && !exists) {
    throw invalidOptions(
      `There is no interrupted import of ${directory} to continue.`,
      "Give the command without --resume. It removes its journal when it is complete.",
    );
  }
  if (exists && !resume) {
    throw invalidOptions(
      `An import of ${directory} was interrupted.`,
      `Give the same command with --resume to continue it. To begin anew, remove ${path} first.`,
    );
  }
  let journal = exists ? await openJournalFile(path) : undefined;
  let start: Position | undefined;
  try {
    for await (const { kind, data } of journal?.entries() ?? []) {
      if (kind === "begin") start ??= BEGINNING;
      if (kind === "reached") start = readPosition(data) ?? start;
    }
  } catch (error) {
    await journal?.close();
    throw error;
  }
  const append = async (kind: string, key: string, data: JsonValue) => {
    journal ??= await openJournalFile(path);
    await journal.append([{ kind, key, at: new Date().toISOString(), data }]);
  };
  return {
    start,
    begin: async () => (start === undefined ? append("begin", "import", {}) : undefined),
    reached: ({ records, digest, counts }) => append("reached", String(records), { records, digest, counts }),
    close: async () => journal?.close(),
    async remove() {
      await journal?.close();
      await rm(path, { force: true });
    },
  };
}
