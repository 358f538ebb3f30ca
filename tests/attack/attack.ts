import type { Target } from "./target.ts";

/** The outcome of an attack, for the table. */
export interface Outcome {
  /** How often it was tried, with the unit: `300 connections`. */
  readonly tried: string;
  /** What happened. */
  readonly result: string;
}

/** Returns true when an attack ends. It may wait between two rounds. */
export type IsOver = () => boolean | Promise<boolean>;

/** One row of the attack table. */
export interface Attack {
  readonly name: string;
  /**
   * Attacks at least once, and again until `isOver`.
   *
   * @throws Error if the server does not hold
   */
  run(target: Target, isOver: IsOver): Promise<Outcome>;
}

/** Repeats a round until it is over. Returns the number of rounds. */
export async function rounds(isOver: IsOver, round: () => Promise<void>): Promise<number> {
  let count = 0;
  do {
    await round();
    count++;
  } while (!(await isOver()));
  return count;
}

/** Watches the server during an attack. */
export interface Watch {
  /** The highest resident memory in MB. */
  readonly peak: number;
  /** The duration of each honest request, in milliseconds, ascending. */
  readonly durations: readonly number[];
  /** Honest requests that failed. */
  readonly failed: number;
}

/**
 * Carries out an attack while an honest client at another address sends a request every 100 ms, and the memory is
 * measured.
 */
export async function watched<T>(
  target: Target,
  attack: () => Promise<T>,
): Promise<{ readonly outcome: T; readonly watch: Watch }> {
  const durations: number[] = [];
  let [peak, failed, over] = [0, 0, false];
  const watching = (async () => {
    while (!over) {
      const { status, milliseconds } = await target
        .honest("GET", "/api/handles/20.500.12345/small")
        .catch(() => ({ status: 0, milliseconds: 0 }));
      if (status === 200) durations.push(milliseconds);
      else failed++;
      peak = Math.max(peak, await target.memory());
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  try {
    const outcome = await attack();
    over = true;
    await watching;
    return { outcome, watch: { peak, durations: durations.toSorted((a, b) => a - b), failed } };
  } finally {
    over = true;
  }
}

/** The 99th percentile of ascending numbers. */
export function p99(ascending: readonly number[]): number {
  return Math.round(ascending[Math.ceil(ascending.length * 0.99) - 1] ?? 0);
}

/** Throws if something that must hold does not. */
export function must(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}
