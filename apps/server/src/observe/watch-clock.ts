import type { Logger } from "@handlekit/core";

const CHECK_MS = 2000;
const JUMP_MS = 5000;

/**
 * Warns if the clock of the machine jumps by more than five seconds: sessions, client certificates and the times in
 * records and audit depend on it.
 *
 * @returns a function that ends the warnings
 */
export function watchClock(log: Logger): () => void {
  const offset = () => Date.now() - performance.now();
  let last = offset();
  const timer = setInterval(() => {
    const present = offset();
    const jump = present - last;
    last = present;
    if (Math.abs(jump) < JUMP_MS) return;
    log.warn("the clock of this machine has jumped", { seconds: Math.round(jump / 1000) });
  }, CHECK_MS).unref();
  return () => clearInterval(timer);
}
