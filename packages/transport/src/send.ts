import {
  type AuthContext,
  type AuthStrategy,
  checkOptions,
  exchange,
  invalidOptions,
  isHandleError,
  type WireRequest,
  type WireResponse,
} from "@handlekit/core";
import { classifyError } from "./classify-error.ts";
import { createDeadline, createRootDeadline, type Deadline, race, toSignal, wait } from "./deadline.ts";
import {
  abortError,
  abortedByCloseError,
  attemptTimeoutError,
  closedError,
  redirectError,
  totalTimeoutError,
} from "./errors.ts";
import { afterError, afterResponse, type Repetition } from "./repeat.ts";
import { assertHeaders, type RequestState, readTarget } from "./request-target.ts";
import type { TransportSettings } from "./settings.ts";
import { checkStrategy, createStrategyPools } from "./strategy-pools.ts";

/** Options of {@link Transport.send}. */
export interface SendOptions {
  /** The identity of the request. Without one it is sent as it is. */
  readonly strategy?: AuthStrategy | undefined;
  /** Ends the request at once when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether sending it more than once can do no harm. Default true for GET and HEAD, else false: then only what did not
   * reach the server is sent again.
   */
  readonly repeatable?: boolean | undefined;
  /** Called before each repetition. */
  readonly onRepeat?: ((repetition: Repetition) => void) | undefined;
  /** `manual` returns a redirect as a response instead of throwing `redirected`. Default `error`. */
  readonly redirect?: "error" | "manual" | undefined;
}

/** Sends requests; returns responses or throws one typed error. */
export interface Transport {
  /**
   * Sends one request and reads the whole response, whatever its status; redirects are errors. A request that failed,
   * or was answered 429, 502, 503 or 504, is sent again a few times if that can do no harm.
   *
   * @param request absolute URL, header names in lower case; not changed
   * @throws HandleError `tls_untrusted`, `tls_expired`, `tls_host_name`, `tls_failed`, `connection_refused`,
   *   `connection_failed`, `host_not_found`, `timeout`, `aborted`, `redirected`, `too_large`, `protocol_error`,
   *   `insecure_connection`, `invalid_options`, `invalid_key`, `not_supported`, `strategy_failed`, and what the
   *   strategy throws; `retryable` is true only where a repetition can do no harm
   */
  send(request: WireRequest, options?: SendOptions): Promise<WireResponse>;
  /** Closes every connection; a request under way, or made later, is `aborted`. */
  close(): Promise<void>;
}

function checkSendOptions(options: SendOptions): void {
  checkOptions("send", options, {
    signal: ["object", "undefined"],
    repeatable: ["boolean", "undefined"],
    onRepeat: ["function", "undefined"],
    redirect: ["string", "undefined"],
  });
  checkStrategy("send", options.strategy);
  if ("authenticate" in options || "aborted" in options) {
    throw invalidOptions(
      "send: its options argument is a strategy or a signal itself.",
      "Write { strategy } or { signal }.",
    );
  }
  const { redirect = "error" } = options;
  if (redirect !== "error" && redirect !== "manual") {
    throw invalidOptions('send: the option redirect must be "error" or "manual".');
  }
}

/** Creates a transport from checked settings. */
export function createSender(settings: TransportSettings): Transport {
  /** Passes when the transport is closed. */
  const closing = createRootDeadline();
  const pools = createStrategyPools(settings);

  /** Runs all the work for one request under the total time-out and the caller's signal. */
  async function withinTotal<T>(
    state: RequestState,
    signal: AbortSignal | undefined,
    work: (deadline: Deadline) => Promise<T>,
  ): Promise<T> {
    const deadline = createDeadline({
      milliseconds: settings.totalTimeout,
      onTimeout: () => totalTimeoutError(state, settings.totalTimeout),
      parent: closing,
      onParent: () => abortedByCloseError(state),
      signal,
      onSignal: () => abortError(state),
    });
    try {
      if (deadline.reason) throw deadline.reason;
      return await race(deadline, work(deadline));
    } finally {
      deadline.clear();
    }
  }

  /** Sends a request once, when there is a free connection. */
  async function attempt(
    strategy: AuthStrategy | undefined,
    request: WireRequest,
    state: RequestState,
    total: Deadline,
    redirect: SendOptions["redirect"],
  ): Promise<WireResponse> {
    const { target } = state;
    assertHeaders(request.headers, target);
    // An await costs time, so there is none unless there is something to wait for.
    const known = pools.poolOf(strategy);
    const { connections, semaphoreFor } = known instanceof Promise ? await known : known;
    const semaphore = semaphoreFor(target.origin);
    const free = semaphore.acquire(total);
    if (free) await free;
    const deadline = createDeadline({
      milliseconds: settings.attemptTimeout,
      onTimeout: () => attemptTimeoutError(state, settings.attemptTimeout),
      parent: total,
    });
    const wire = { ...request, headers: { "accept-encoding": "identity", ...request.headers } };
    try {
      if (deadline.reason) throw deadline.reason;
      const response = await connections.send(wire, state, deadline);
      const redirected = redirect === "manual" ? undefined : redirectError(response, target);
      if (redirected) throw redirected;
      return response;
    } catch (error) {
      throw isHandleError(error) ? error : classifyError(error, state);
    } finally {
      deadline.clear();
      semaphore.release();
    }
  }

  /** The context of a strategy: its own requests (a login) have their own time-out and do not end with one caller's. */
  function contextFor(strategy: AuthStrategy, total: Deadline): AuthContext {
    return {
      send(request) {
        const state = { target: readTarget(request, true), sent: false, sentBefore: false };
        return withinTotal(state, undefined, (deadline) =>
          attempt(strategy, request, state, deadline, "error"),
        );
      },
      get signal() {
        return toSignal(total);
      },
      log: settings.log,
    };
  }

  return {
    async send(request, options = {}) {
      checkSendOptions(options);
      const { strategy, signal, repeatable, onRepeat, redirect } = options;
      const target = readTarget(request, repeatable);
      const state: RequestState = { target, sent: false, sentBefore: false };
      const once = (total: Deadline) => {
        state.sent = false;
        if (!strategy) return attempt(undefined, request, state, total, redirect);
        const send = (wire: WireRequest) => {
          state.sent = false;
          return attempt(strategy, wire, state, total, redirect);
        };
        return exchange(strategy, request, { send }, contextFor(strategy, total));
      };
      return withinTotal(state, signal, async (total) => {
        // Not performance.now, for which Node loads a module. The deadline, not this, is what ends the work.
        const until = Date.now() + settings.totalTimeout;
        for (let attempts = 1; ; attempts++) {
          let repetition: Repetition | undefined;
          try {
            const response = await once(total);
            repetition = target.repeatable
              ? afterResponse(response, attempts, until - Date.now(), settings)
              : undefined;
            if (!repetition) return response;
          } catch (error) {
            repetition =
              isHandleError(error) && !total.reason
                ? afterError(error, attempts, state.sent, settings)
                : undefined;
            if (!repetition) throw error;
          }
          state.sentBefore ||= state.sent;
          onRepeat?.(repetition);
          settings.log?.info("sending again", {
            method: target.method,
            origin: target.origin,
            path: target.path,
            ...repetition,
          });
          await wait(total, repetition.delay);
        }
      });
    },
    async close() {
      closing.abort(closedError());
      await pools.close();
    },
  };
}
