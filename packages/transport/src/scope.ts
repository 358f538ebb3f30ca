import type { HandleError } from "@handlekit/core";

/**
 * A stretch of work that ends by a time-out, with what is around it, or when it is told.
 * It is no AbortController because two of those for each request cost as much as the request itself on Node 20.
 */
export interface Scope {
  /** Why it was aborted. */
  readonly reason: HandleError | undefined;
  abort(reason: HandleError): void;
  /** Calls the listener when it is aborted; at once, when it was. */
  onAbort(listener: Listener): void;
  offAbort(listener: Listener): void;
  /** Must be called when the work is over. */
  end(): void;
}

type Listener = (reason: HandleError) => void;

/** What a scope ends by. */
export interface ScopeOptions {
  readonly milliseconds: number;
  readonly onTimeout: () => HandleError;
  readonly parent?: Scope | undefined;
  /** What it ends with when the parent does. Default the parent's reason. */
  readonly onParent?: () => HandleError;
  readonly signal?: AbortSignal | undefined;
  readonly onSignal?: () => HandleError;
}

/** A scope that ends only when it is told. */
export function createRootScope(): Scope {
  return scopeOf(() => {});
}

export function createScope(options: ScopeOptions): Scope {
  const { milliseconds, onTimeout, parent, onParent, signal, onSignal } = options;
  const scope = scopeOf(() => {
    clearTimeout(timer);
    parent?.offAbort(follow);
    if (obey) signal.removeEventListener("abort", obey);
  });
  const follow = onParent ? () => scope.abort(onParent()) : scope.abort;
  const obey = signal && onSignal && (() => scope.abort(onSignal()));
  const timer = setTimeout(() => scope.abort(onTimeout()), milliseconds);
  parent?.onAbort(follow);
  if (obey) {
    if (signal.aborted) obey();
    else signal.addEventListener("abort", obey);
  }
  return scope;
}

function scopeOf(end: () => void): Scope {
  const listeners: Listener[] = [];
  let reason: HandleError | undefined;

  function abort(because: HandleError): void {
    if (reason) return;
    reason = because;
    for (const listener of listeners.splice(0)) listener(because);
  }
  return {
    get reason() {
      return reason;
    },
    abort,
    onAbort(listener) {
      if (reason) listener(reason);
      else listeners.push(listener);
    },
    offAbort(listener) {
      const at = listeners.indexOf(listener);
      if (at >= 0) listeners.splice(at, 1);
    },
    end,
  };
}

/** What `work` gives, or the reason as soon as the scope is aborted. */
export function race<T>(scope: Scope, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    scope.onAbort(reject);
    work.then(resolve, reject);
  });
}

/** Waits, or throws the reason as soon as the scope is aborted. */
export function wait(scope: Scope, milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (reason: HandleError) => {
      clearTimeout(timer);
      reject(reason);
    };
    const timer = setTimeout(() => {
      scope.offAbort(stop);
      resolve();
    }, milliseconds);
    scope.onAbort(stop);
  });
}

/** A signal that aborts with the scope, for what wants one. */
export function toSignal(scope: Scope): AbortSignal {
  const controller = new AbortController();
  scope.onAbort((reason) => controller.abort(reason));
  return controller.signal;
}
