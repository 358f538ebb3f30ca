import type { HandleError } from "@handlekit/core";
import type { Deadline } from "./deadline.ts";

/** Admits a limited number at a time; the others wait in the order in which they came. */
export interface Semaphore {
  /**
   * Returns undefined when there is a free place, else a promise that resolves once there is one, and rejects with the
   * deadline's reason when that passes first.
   */
  acquire(deadline: Deadline): Promise<void> | undefined;
  /** Gives back a place that was acquired. */
  release(): void;
}

/** Creates a semaphore with this number of places. */
export function createSemaphore(limit: number): Semaphore {
  let free = limit;
  const waiting = new Set<() => void>();
  return {
    acquire(deadline) {
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
          deadline.offAbort(leave);
          resolve();
        };
        waiting.add(enter);
        deadline.onAbort(leave);
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
