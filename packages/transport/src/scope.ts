import type { HandleError } from "@handlekit/core";

/**
 * A stretch of work that ends by a time-out, with what is around it, or when it is told.
 * It is no AbortController because two of those for each request cost as much as the request itself on Node 20.
 */
export interface Scope {
  /** Why it was aborted. */
  readonly reason: HandleError | undefined;
  abort(reason: HandleError): void;
  /** @returns what takes the listener away again */
  onAbort(listener: (reason: HandleError) => void): () => void;
  /** What `work` gives, or the reason as soon as the scope is aborted. */
  race<T>(work: Promise<T>): Promise<T>;
  /** Waits, or throws the reason as soon as the scope is aborted. */
  wait(milliseconds: number): Promise<void>;
  /** A signal that aborts with it, for what wants one. */
  toSignal(): AbortSignal;
  /** Must be called when the work is over. */
  end(): void;
}

/** What a scope ends by. */
export interface ScopeOptions {
  readonly milliseconds: number;
  readonly onTimeout: () => HandleError;
  readonly parent?: Scope | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onSignal?: () => HandleError;
}

export function createScope({ milliseconds, onTimeout, parent, signal, onSignal }: ScopeOptions): Scope {
  const listeners = new Set<(reason: HandleError) => void>();
  let reason: HandleError | undefined;
  let controller: AbortController | undefined;

  function abort(because: HandleError): void {
    if (reason) return;
    reason = because;
    for (const listener of listeners) listener(because);
    listeners.clear();
  }
  function onAbort(listener: (reason: HandleError) => void): () => void {
    if (reason) listener(reason);
    else listeners.add(listener);
    return () => listeners.delete(listener);
  }

  const timer = setTimeout(() => abort(onTimeout()), milliseconds);
  const leaveParent = parent?.onAbort(abort);
  const obey = () => {
    if (onSignal) abort(onSignal());
  };
  if (signal?.aborted) obey();
  else signal?.addEventListener("abort", obey);

  return {
    get reason() {
      return reason;
    },
    abort,
    onAbort,
    race: (work) =>
      new Promise((resolve, reject) => {
        onAbort(reject);
        work.then(resolve, reject);
      }),
    wait: (delay) =>
      new Promise((resolve, reject) => {
        const waiting = setTimeout(() => {
          leave();
          resolve();
        }, delay);
        const leave = onAbort((because) => {
          clearTimeout(waiting);
          reject(because);
        });
      }),
    toSignal() {
      if (!controller) {
        const made = new AbortController();
        controller = made;
        onAbort((because) => made.abort(because));
      }
      return controller.signal;
    },
    end() {
      clearTimeout(timer);
      leaveParent?.();
      signal?.removeEventListener("abort", obey);
    },
  };
}
