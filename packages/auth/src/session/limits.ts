import { HandleError, isHandleError } from "@handlekit/core";

function abortError(signal: AbortSignal): HandleError {
  const reason: unknown = signal.reason;
  if (isHandleError(reason)) return reason;
  return new HandleError("aborted", { message: "The request was aborted while it waited for the login." });
}

/** @throws HandleError `aborted`, or the signal's reason where that is a HandleError */
export function assertNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** What the work gives, or a failure as soon as the signal aborts; the work itself goes on. */
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
 * What the work gives, or `late` as its failure.
 *
 * @param milliseconds how long it may take
 * @param work is given a signal that aborts, with `late` as its reason, when the time is over
 */
export async function withinTime<T>(
  milliseconds: number,
  late: () => HandleError,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(late()), milliseconds);
  try {
    return await untilAborted(work(limit.signal), limit.signal);
  } finally {
    clearTimeout(timer);
  }
}
