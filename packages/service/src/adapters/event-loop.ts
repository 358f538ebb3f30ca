/** The time in one turn of the event loop after which no further request begins. */
const MAX_TURN_MS = 5;

/** Runs a function on its turn. A heavy one waits for all others that are not. */
type Yield = (run: () => void, isHeavy?: boolean) => void;

/**
 * Creates a function that runs another one once the event loop has looked at the sockets again: after one turn, and as
 * long as the requests of a turn take more than 5 ms, with fewer of them per turn. Many requests may arrive in one turn,
 * and only the next one shows which of their clients have disconnected. A heavy function runs alone in its turn, so that
 * many of them hold up the others for the time of one.
 */
export function createYield(): Yield {
  let begun: number | undefined;
  const end = (): void => {
    begun = undefined;
  };
  const attempt = (run: () => void): void => {
    if (begun === undefined) {
      begun = performance.now();
      setImmediate(end);
    } else if (performance.now() - begun > MAX_TURN_MS) return void setImmediate(attempt, run);
    run();
  };
  const heavy: (() => void)[] = [];
  const runHeavy = (): void => {
    heavy.shift()?.();
    if (heavy.length > 0) setImmediate(setImmediate, runHeavy);
  };
  return (run, isHeavy = false) => {
    if (!isHeavy) return void setImmediate(attempt, run);
    if (heavy.push(run) === 1) setImmediate(setImmediate, runHeavy);
  };
}
