import { isHandleError, type Logger } from "@handlekit/core";
import type { StateStore } from "@handlekit/core/store";

/** The state of a server, for load balancers and supervisors. */
export interface Readiness {
  /** Resolves to the reason why the server should get no requests, or to undefined if it is ready. */
  check(): Promise<string | undefined>;
  /** Is called when the server begins to stop. */
  stop(): void;
}

/** Options of {@link createReadiness}. */
export interface ReadinessOptions {
  readonly state: StateStore;
  readonly log: Logger;
  /** The time for which the result of a write holds, in milliseconds. Default 5000. */
  readonly holds?: number | undefined;
  /** The time after which a write is too slow, in milliseconds. Default 3000. */
  readonly deadline?: number | undefined;
}

const KEY = "health/ready";

/**
 * Creates the check whether a server is ready. It writes one entry of the state and waits until it is durable, because
 * only that finds a full disk, a file that cannot be written and a lock of another program.
 */
export function createReadiness(options: ReadinessOptions): Readiness {
  const { state, log, holds = 5000, deadline = 3000 } = options;
  let isStopping = false;
  let reason: string | undefined;
  let checked = Number.NEGATIVE_INFINITY;
  let running: { readonly begun: number; readonly done: Promise<void> } | undefined;

  const settle = (next: string | undefined, fields: Readonly<Record<string, unknown>> = {}) => {
    if (next !== undefined && reason === undefined) log.warn("not ready", { reason: next, ...fields });
    if (next === undefined && reason !== undefined) log.info("ready again");
    reason = next;
  };

  const write = async () => {
    try {
      await state.put(KEY, new Date().toISOString(), "any");
      settle(undefined);
    } catch (error) {
      const hint = isHandleError(error) ? error.hint : undefined;
      settle(`The store cannot write. ${hint ?? "The log of the server says why."}`, { error });
    }
    checked = performance.now();
    running = undefined;
  };

  return {
    async check() {
      if (isStopping) return "The server is stopping.";
      if (running === undefined && performance.now() - checked < holds) return reason;
      running ??= { begun: performance.now(), done: write() };
      const left = running.begun + deadline - performance.now();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<"late">((resolve) => {
        timer = setTimeout(resolve, Math.max(left, 0), "late");
      });
      const outcome = await Promise.race([running.done, late]);
      clearTimeout(timer);
      if (outcome === "late") settle(`The store has not written within ${deadline / 1000} seconds.`);
      return isStopping ? "The server is stopping." : reason;
    },
    stop() {
      isStopping = true;
    },
  };
}
