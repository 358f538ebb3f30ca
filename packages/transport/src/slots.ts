import type { Scope } from "./scope.ts";

/** Lets a limited number in at a time, the others in the order they came. */
export interface Slots {
  /** @returns what gives the slot back; rejects with the scope's reason when that comes first */
  take(scope: Scope): Promise<() => void>;
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
    async take(scope) {
      if (scope.reason) throw scope.reason;
      if (free > 0) free -= 1;
      else {
        await new Promise<void>((resolve, reject) => {
          const enter = () => {
            stay();
            resolve();
          };
          const stay = scope.onAbort((reason) => {
            waiting.delete(enter);
            reject(reason);
          });
          waiting.add(enter);
        });
      }
      return release;
    },
  };
}
