import { HandleError, isHandleError } from "@handlekit/core";

function abortError(signal: AbortSignal): HandleError {
  const reason: unknown = signal.reason;
  if (isHandleError(reason)) return reason;
  return new HandleError("aborted", { message: "The request was aborted while it waited for the login." });
}

/** @throws HandleError `aborted`, or the signal's reason if that is a HandleError */
export function assertNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** Resolves as the work does, or rejects as soon as the signal aborts; the work itself continues. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const stop = () => reject(abortError(signal));
    const settled = () => signal.removeEventListener("abort", stop);
    signal.addEventListener("abort", stop);
    work.then(resolve, reject).finally(settled);
    if (signal.aborted) stop();
  });
}

/**
 * Resolves as the work does, or rejects when the time is up.
 *
 * @param milliseconds the time
 * @param timeoutError returns the error to reject with
 * @param work is given a signal that aborts, with that error as its reason, when the time is up
 */
export async function withinTime<T>(
  milliseconds: number,
  timeoutError: () => HandleError,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(timeoutError()), milliseconds);
  try {
    return await untilAborted(work(limit.signal), limit.signal);
  } finally {
    clearTimeout(timer);
  }
}
