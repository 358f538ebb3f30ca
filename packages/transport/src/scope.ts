import type { HandleError } from "@handlekit/core";

/** A stretch of work that ends by a time-out, with what is around it, or when it is told. */
export interface Scope {
  /** Aborts with a HandleError as its reason. */
  readonly signal: AbortSignal;
  abort(reason: HandleError): void;
  /** What `work` gives, or the reason as soon as the scope is aborted. */
  race<T>(work: Promise<T>): Promise<T>;
  /** Must be called when the work is over. */
  end(): void;
}

/** What a scope ends by. */
export interface ScopeOptions {
  readonly milliseconds: number;
  readonly onTimeout: () => HandleError;
  readonly parent?: AbortSignal | undefined;
  readonly onParentAbort: (reason: unknown) => HandleError;
}

export function createScope({ milliseconds, onTimeout, parent, onParentAbort }: ScopeOptions): Scope {
  const controller = new AbortController();
  const { signal } = controller;
  const abort = (reason: HandleError) => controller.abort(reason);
  const onAbort = () => abort(onParentAbort(parent?.reason));
  const timer = setTimeout(() => abort(onTimeout()), milliseconds);
  if (parent?.aborted) onAbort();
  else parent?.addEventListener("abort", onAbort, { once: true });
  return {
    signal,
    abort,
    race: (work) =>
      new Promise((resolve, reject) => {
        const stop = () => reject(signal.reason);
        if (signal.aborted) stop();
        else signal.addEventListener("abort", stop, { once: true });
        work.then(resolve, reject);
      }),
    end() {
      clearTimeout(timer);
      parent?.removeEventListener("abort", onAbort);
    },
  };
}
