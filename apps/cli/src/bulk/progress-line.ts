import type { Output } from "../output.ts";

/** A line on the terminal that is written anew as a job goes on. */
export interface ProgressLine {
  update(text: string): void;
  /** Takes the line away. */
  clear(): void;
}

/** Milliseconds between two updates. */
const INTERVAL = 100;

/** Creates a line; it shows nothing unless stderr is a terminal. */
export function createProgressLine(
  output: Output,
  now: () => number = () => performance.now(),
): ProgressLine {
  let last = Number.NEGATIVE_INFINITY;
  let shown = false;
  return {
    update(text) {
      if (!output.progress || now() - last < INTERVAL) return;
      last = now();
      shown = true;
      output.err(`\r\u001b[K${text}`);
    },
    clear() {
      if (shown) output.err("\r\u001b[K");
      shown = false;
    },
  };
}

/** Describes a number of seconds in few characters: `42 s`, `3 min`, `2.5 h`. */
export function describeSeconds(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  return seconds < 6000 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** Describes how far a job is: its rate, and the time that is left. */
export function describeProgress(
  counts: { readonly ended: number; readonly fresh: number; readonly failed: number },
  total: number | undefined,
  seconds: number,
): string {
  const rate = counts.fresh / Math.max(seconds, 0.001);
  const of =
    total === undefined ? "" : `/${total}  ${Math.floor((100 * counts.ended) / Math.max(total, 1))} %`;
  const left =
    total === undefined || rate === 0 ? "" : `  ${describeSeconds((total - counts.ended) / rate)} left`;
  return `${counts.ended}${of}  ${rate.toFixed(rate < 10 ? 1 : 0)}/s${left}  ${counts.failed} failed`;
}
