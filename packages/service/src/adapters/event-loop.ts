/** The time in one turn of the event loop after which no further request begins. */
const MAX_TURN_MS = 5;

/**
 * Creates a function that runs another one once the event loop has looked at the sockets again: after one turn, and as
 * long as the requests of a turn take more than 5 ms, with fewer of them per turn. Many requests may arrive in one turn,
 * and only the next one shows which of their clients have disconnected.
 */
export function createYield(): (run: () => void) => void {
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
  return (run) => void setImmediate(attempt, run);
}
