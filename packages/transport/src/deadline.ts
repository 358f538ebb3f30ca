import type { HandleError } from "@handlekit/core";

/**
 * The limit of a piece of work: it passes by a time-out, together with the deadline around it, by the caller's signal,
 * or when it is aborted. Not an AbortController, because two of those per request cost as much as the request itself
 * on Node 20.
 */
export interface Deadline {
  /** Why it passed; undefined while the work may go on. */
  readonly reason: HandleError | undefined;
  abort(reason: HandleError): void;
  /** Calls the listener when the deadline passes; at once, when it has passed. */
  onAbort(listener: Listener): void;
  offAbort(listener: Listener): void;
  /** Clears the timer and the listeners. Must be called when the work is over. */
  clear(): void;
}

type Listener = (reason: HandleError) => void;

/** Options of {@link createDeadline}. */
export interface DeadlineOptions {
  readonly milliseconds: number;
  /** The reason when the time is up. */
  readonly onTimeout: () => HandleError;
  readonly parent?: Deadline | undefined;
  /** The reason when the parent passes. Default the parent's. */
  readonly onParent?: (() => HandleError) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The reason when the signal aborts. */
  readonly onSignal?: (() => HandleError) | undefined;
}

/** Creates a deadline without a time-out: it passes only when it is aborted. */
export function createRootDeadline(): Deadline {
  return withCleanUp(() => {});
}

/** Creates a deadline and starts its timer. */
export function createDeadline(options: DeadlineOptions): Deadline {
  const { milliseconds, onTimeout, parent, onParent, signal, onSignal } = options;
  const deadline = withCleanUp(() => {
    clearTimeout(timer);
    parent?.offAbort(abortWithParent);
    if (abortWithSignal) signal.removeEventListener("abort", abortWithSignal);
  });
  const abortWithParent = onParent ? () => deadline.abort(onParent()) : deadline.abort;
  const abortWithSignal = signal && onSignal && (() => deadline.abort(onSignal()));
  const timer = setTimeout(() => deadline.abort(onTimeout()), milliseconds);
  parent?.onAbort(abortWithParent);
  if (abortWithSignal) {
    if (signal.aborted) abortWithSignal();
    else signal.addEventListener("abort", abortWithSignal);
  }
  return deadline;
}

function withCleanUp(clear: () => void): Deadline {
  const listeners: Listener[] = [];
  let reason: HandleError | undefined;
  return {
    get reason() {
      return reason;
    },
    abort(because) {
      if (reason) return;
      reason = because;
      for (const listener of listeners.splice(0)) listener(because);
    },
    onAbort(listener) {
      if (reason) listener(reason);
      else listeners.push(listener);
    },
    offAbort(listener) {
      const at = listeners.indexOf(listener);
      if (at >= 0) listeners.splice(at, 1);
    },
    clear,
  };
}

/** Resolves as the work does, or rejects with the reason as soon as the deadline passes. */
export function race<T>(deadline: Deadline, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    deadline.onAbort(reject);
    work.then(resolve, reject);
  });
}

/** Resolves after a time, or rejects with the reason as soon as the deadline passes. */
export function wait(deadline: Deadline, milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (reason: HandleError) => {
      clearTimeout(timer);
      reject(reason);
    };
    const timer = setTimeout(() => {
      deadline.offAbort(stop);
      resolve();
    }, milliseconds);
    deadline.onAbort(stop);
  });
}

/** Creates a signal that aborts when the deadline passes. */
export function toSignal(deadline: Deadline): AbortSignal {
  const controller = new AbortController();
  deadline.onAbort((reason) => controller.abort(reason));
  return controller.signal;
}
