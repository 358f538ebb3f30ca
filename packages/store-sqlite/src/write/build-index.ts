import { clearTimeout, setTimeout } from "node:timers";
import type { Writer } from "./writer.ts";

/** The records of one step, which takes some milliseconds: writes wait for it. */
const STEP_RECORDS = 200;
/** Records are indexed when nothing was written for this time, */
const QUIET_MS = 50;
/** or when so many are waiting, which each search has to read: then after each write. */
const MAX_WAITING = 20_000;
const REPORT_RECORDS = 50_000;
const RETRY_MS = 10_000;

/** How far the search index is behind the records. */
export interface IndexProgress {
  /** The number of records that are not in the index yet, or more. */
  readonly waiting?: number | undefined;
  /** The error for which it will be tried again later. */
  readonly error?: unknown;
}

/** Extends the search index between the writes. */
export interface IndexBuilder {
  /** Call it after each write. */
  wrote(): void;
  stop(): void;
}

/**
 * Creates what brings new records into the search index, and all those of a file that was written before there was one.
 * Goes on where the last process stopped.
 *
 * @param report called after every 50,000 records, and after an error
 */
export function createIndexBuilder(writer: Writer, report: (progress: IndexProgress) => void): IndexBuilder {
  let timer: NodeJS.Timeout | undefined;
  let pause = 0;
  let sinceReport = 0;

  function stop(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  // A timer, also for the next step at once: an immediate that is not to keep the process alive does not wake it either.
  function later(milliseconds: number): void {
    stop();
    pause = milliseconds;
    timer = setTimeout(step, milliseconds).unref();
  }

  function step(): void {
    timer = undefined;
    try {
      const indexed = writer.extendIndex(STEP_RECORDS);
      sinceReport += indexed;
      if (sinceReport >= REPORT_RECORDS) {
        sinceReport = 0;
        report({ waiting: writer.unindexed() });
      }
      if (indexed === STEP_RECORDS) later(0);
    } catch (error) {
      report({ error });
      later(RETRY_MS);
    }
  }

  later(0);
  return {
    wrote() {
      if (timer !== undefined && pause === RETRY_MS) return;
      const due = writer.unindexed() > MAX_WAITING ? 0 : QUIET_MS;
      if (timer === undefined || pause !== due) later(due);
      else if (due > 0) timer.refresh();
    },
    stop,
  };
}
