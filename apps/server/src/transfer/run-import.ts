import { HandleError, invalidOptions, quoteForMessage } from "@handlekit/core";
import type { HandleKey, HandleStore, RecordValues } from "@handlekit/core/store";
import { type Outcome, sameRecord, type Writing } from "./change-record.ts";
import type { Counts, ImportJournal } from "./import-journal.ts";

/** The result of one item. */
export interface Applied {
  readonly outcome: Outcome;
  /** The record as it must be now, null if it must be gone; undefined if that is not known. */
  readonly after?: RecordValues | null | undefined;
}

/** One record or command of an input. */
export interface ImportItem {
  /** The key of the record. No two items with the same key are carried out at the same time. */
  readonly key: HandleKey;
  /** About how much memory it takes. */
  readonly size: number;
  /** The digest of the input up to here. */
  readonly digest: string;
  apply(writing: Writing): Promise<Applied>;
}

/** How an import is carried out. */
export interface ImportRun {
  readonly writing: Omit<Writing, "again">;
  /** Undefined for a dry run. */
  readonly journal: ImportJournal | undefined;
  /** Whether each record is read back when it is durable. */
  readonly readBack: boolean;
  readonly signal: AbortSignal;
  /** Called with the number of items so far. */
  onProgress(items: number): void;
  /** Called when records were written, also if others of the same burst could not be. */
  onWritten(): void;
}

/** The counts of an import. */
export interface ImportCounts {
  /** The number of items, those of interrupted runs included. */
  readonly records: number;
  readonly counts: Counts;
  /** How many were read back. */
  readonly readBack: number;
}

/** The commits of one burst wait together, so that a store commits them together. */
const BURST = 1000;
const BURST_BYTES = 8 * 2 ** 20;

async function readBackAll(
  store: HandleStore,
  burst: readonly ImportItem[],
  applied: readonly Applied[],
): Promise<number> {
  const checked = await Promise.all(
    burst.map(async ({ key }, i) => {
      const { outcome, after } = applied[i] ?? { outcome: "kept" };
      if (outcome === "kept" || after === undefined) return 0;
      const found = await store.read(key);
      if (after === null ? found === undefined : found !== undefined && sameRecord(found.values, after))
        return 1;
      throw new HandleError("store_failed", {
        message: `The record ${quoteForMessage(key)} is not in the store as it was written.`,
        hint: "Check the disk and the log of the system before going on.",
        handle: key,
      });
    }),
  );
  return checked.reduce<number>((sum, each) => sum + each, 0);
}

/**
 * Carries out the items of an input in bursts: while one is being committed, the next is read. The journal knows each
 * burst that is durable. Only the burst after the last of those may have been carried out in part when a process was
 * killed; its items have different keys, so that each can be recognised and is written once.
 *
 * @throws HandleError for the first item that cannot be carried out; `invalid_options` if the input is not the one of the
 *   interrupted import; whatever reading the input throws. Nothing is under way any more then
 */
export async function runImport(items: AsyncIterable<ImportItem>, run: ImportRun): Promise<ImportCounts> {
  const { writing, journal, signal } = run;
  const start = journal?.start;
  const counts = { written: 0, replaced: 0, kept: 0, ...start?.counts };
  let done = start?.records ?? 0;
  let readBack = 0;
  let isFirst = true;

  async function carryOut(burst: readonly ImportItem[]): Promise<void> {
    signal.throwIfAborted();
    const again = isFirst && start !== undefined;
    if (isFirst) await journal?.begin();
    isFirst = false;
    const settled = await Promise.allSettled(burst.map((item) => item.apply({ ...writing, again })));
    const applied = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const failed = settled.find((each) => each.status === "rejected");
    const isKept = applied.every(({ outcome }) => outcome === "kept");
    if (!isKept) run.onWritten();
    if (failed) {
      if (done === 0 && isKept) await journal?.remove();
      throw failed.reason;
    }
    if (run.readBack) readBack += await readBackAll(writing.store, burst, applied);
    for (const { outcome } of applied) counts[outcome]++;
    done += burst.length;
    await journal?.reached({ records: done, digest: burst.at(-1)?.digest ?? "", counts: { ...counts } });
    run.onProgress(done);
  }

  let burst: ImportItem[] = [];
  let keys = new Set<string>();
  let size = 0;
  let running: Promise<void> = Promise.resolve();
  const close = async () => {
    if (burst.length === 0) return;
    const closed = burst;
    burst = [];
    keys = new Set();
    size = 0;
    await running;
    running = carryOut(closed);
    // Its failure is thrown where it is awaited.
    running.catch(() => {});
  };

  let read = 0;
  try {
    for await (const item of items) {
      read++;
      if (start !== undefined && read <= start.records) {
        if (read === start.records && item.digest !== start.digest) throw otherInput();
        continue;
      }
      if (keys.has(item.key)) await close();
      burst.push(item);
      keys.add(item.key);
      size += item.size;
      if (burst.length >= BURST || size >= BURST_BYTES) await close();
    }
    if (start !== undefined && read < start.records) throw otherInput();
    await close();
    await running;
  } finally {
    await running.catch(() => {});
  }
  return { records: done, counts, readBack };
}

function otherInput(): HandleError {
  return invalidOptions(
    "The input is not the one of the import that was interrupted.",
    "Give the same file again; nothing was changed.",
  );
}
