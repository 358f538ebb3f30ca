/** How many items may be under way: halved when the server is busy, one more after every 20 successes. */
export interface Pace {
  readonly limit: number;
  succeeded(): void;
  busy(): void;
}

const SUCCESSES = 20;

/**
 * @param most the largest number under way, and the first
 */
export function createPace(most: number): Pace {
  let limit = most;
  let successes = 0;
  return {
    get limit() {
      return limit;
    },
    succeeded() {
      if (++successes < SUCCESSES) return;
      successes = 0;
      limit = Math.min(most, limit + 1);
    },
    busy() {
      successes = 0;
      limit = Math.max(1, Math.floor(limit / 2));
    },
  };
}
