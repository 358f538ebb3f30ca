import { HandleError } from "@handlekit/core";

/**
 * Resolves after a time, by the platform's timer.
 *
 * @throws HandleError `aborted` as soon as the signal aborts
 */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      if (signal?.aborted)
        reject(new HandleError("aborted", { message: "The wait for a mint was aborted." }));
      else resolve();
    };
    const timer = setTimeout(end, milliseconds);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end);
  });
}
