/** A number of failures that decreases with time, and the attempts that are being checked. */
export interface Counter {
  /** The number of attempts that are being checked. */
  running: number;
  /** True while one attempt is delayed; no other is made meanwhile. */
  slowed: boolean;
  level(): number;
  /** Counts failures. Default one. */
  add(failures?: number): void;
  reset(): void;
  /** Returns the milliseconds until the level is not above a limit. */
  timeTo(limit: number): number;
  /** Resolves once an attempt has ended, each of which wakes one of those who wait, or after `wakeAll`. */
  settled(): Promise<void>;
  wakeAll(): void;
}

/** Counters by key. */
export interface Counters {
  /** Returns the counter of a key. It is not forgotten until {@link Counters.leave} was called as often. */
  enter(key: string): Counter;
  /** Ends the use of a counter, and wakes one of those who wait for it. */
  leave(counter: Counter): void;
  /** The number of counters that are kept. */
  readonly size: number;
  /** The milliseconds after which one failure is forgotten. */
  readonly every: number;
}

/** The maximum number of counters that are kept, besides those in use. */
export const MAX_COUNTERS = 10_000;

interface KeptCounter extends Counter {
  readonly key: string;
  users: number;
  readonly waiting: (() => void)[];
}

function createCounter(key: string, every: number, now: () => number): KeptCounter {
  let kept = 0;
  let at = now();
  const waiting: (() => void)[] = [];
  const level = () => {
    const time = now();
    // A clock that was set back must not stop the decrease.
    kept = Math.max(0, kept - Math.max(0, time - at) / every);
    at = time;
    return kept;
  };
  return {
    key,
    users: 0,
    waiting,
    running: 0,
    slowed: false,
    level,
    add(failures = 1) {
      kept = level() + failures;
    },
    reset() {
      kept = 0;
    },
    timeTo: (limit) => Math.max(0, Math.round((level() - limit) * every)),
    settled: () => new Promise((resolve) => waiting.push(resolve)),
    wakeAll() {
      for (const wake of waiting.splice(0)) wake();
    },
  };
}

/**
 * Creates counters in bounded memory. If there are too many, those without failures and the lower half are forgotten: to make the server forget an
 * address that has reached its limit, as many others would have to reach it too.
 *
 * @param every the milliseconds after which one failure is forgotten
 * @param max the maximum number of counters that are kept, besides those in use
 */
export function createCounters(every: number, now: () => number, max: number = MAX_COUNTERS): Counters {
  const kept = new Map<string, KeptCounter>();

  const forget = () => {
    const unused = [...kept.values()].filter(({ users }) => users === 0);
    const levels = unused.map((counter) => ({ counter, level: counter.level() }));
    levels.sort((a, b) => a.level - b.level);
    for (const [i, { counter, level }] of levels.entries()) {
      if (i < levels.length / 2 || level === 0) kept.delete(counter.key);
    }
  };

  return {
    every,
    enter(key) {
      let counter = kept.get(key);
      if (counter === undefined) {
        counter = createCounter(key, every, now);
        kept.set(key, counter);
      }
      counter.users++;
      return counter;
    },
    leave(left) {
      const counter = left as KeptCounter;
      counter.users--;
      counter.waiting.shift()?.();
      // A counter without failures is not deleted at once: a Map is slow if one key comes and goes.
      if (kept.size > max) forget();
    },
    get size() {
      return kept.size;
    },
  };
}
