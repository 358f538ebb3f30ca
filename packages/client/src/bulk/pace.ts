/** The number of items that may run at the same time: halved if the server is busy, one more after every 20 successes. */
export interface Pace {
  readonly limit: number;
  succeeded(): void;
  busy(): void;
}

const SUCCESSES = 20;

/**
 * Creates a pace.
 *
 * @param max the largest limit, and the first
 */
export function createPace(max: number): Pace {
  let limit = max;
  let successes = 0;
  return {
    get limit() {
      return limit;
    },
    succeeded() {
      if (++successes < SUCCESSES) return;
      successes = 0;
      limit = Math.min(max, limit + 1);
    },
    busy() {
      successes = 0;
      limit = Math.max(1, Math.floor(limit / 2));
    },
  };
}
