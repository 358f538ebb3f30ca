/** Lets a limited number in at a time, the others in the order they came. */
export interface Slots {
  /** @returns what gives the slot back; rejects with the signal's reason when that comes first */
  take(signal: AbortSignal): Promise<() => void>;
}

export function createSlots(limit: number): Slots {
  let free = limit;
  const waiting = new Set<() => void>();
  const release = () => {
    const [next] = waiting;
    if (!next) free += 1;
    else {
      waiting.delete(next);
      next();
    }
  };
  return {
    async take(signal) {
      signal.throwIfAborted();
      if (free > 0) free -= 1;
      else {
        await new Promise<void>((resolve, reject) => {
          const enter = () => {
            signal.removeEventListener("abort", leave);
            resolve();
          };
          const leave = () => {
            waiting.delete(enter);
            reject(signal.reason);
          };
          waiting.add(enter);
          signal.addEventListener("abort", leave, { once: true });
        });
      }
      return release;
    },
  };
}
