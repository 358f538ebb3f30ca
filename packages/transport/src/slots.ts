import type { HandleError } from "@handlekit/core";
import type { Scope } from "./scope.ts";

/** Lets a limited number in at a time, the others in the order they came. */
export interface Slots {
  /** Rejects with the scope's reason when that comes first; undefined when there is nothing to wait for. */
  take(scope: Scope): Promise<void> | undefined;
  /** Gives a slot back that was taken. */
  release(): void;
}

export function createSlots(limit: number): Slots {
  let free = limit;
  const waiting = new Set<() => void>();
  return {
    take(scope) {
      if (free > 0) {
        free -= 1;
        return undefined;
      }
      return new Promise((resolve, reject) => {
        const leave = (reason: HandleError) => {
          waiting.delete(enter);
          reject(reason);
        };
        const enter = () => {
          scope.offAbort(leave);
          resolve();
        };
        waiting.add(enter);
        scope.onAbort(leave);
      });
    },
    release() {
      const [next] = waiting;
      if (!next) free += 1;
      else {
        waiting.delete(next);
        next();
      }
    },
  };
}
