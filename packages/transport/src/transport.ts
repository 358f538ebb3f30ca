import {
  type AuthContext,
  type AuthStrategy,
  exchange,
  HandleError,
  isHandleError,
  type WireRequest,
  type WireResponse,
} from "@handlekit/core";
import { classifyError } from "./classify-error.ts";
import type { Engine, Lane } from "./engine/engine.ts";
import { loadEngine } from "./engine/load-engine.ts";
import {
  abortedByCaller,
  abortedByClose,
  closedError,
  notAnswered,
  notFinished,
  type Progress,
  readRedirect,
} from "./failures.ts";
import { readOptions, type TransportOptions } from "./options.ts";
import { afterError, afterResponse, type Repetition } from "./repeat.ts";
import { createRootScope, createScope, race, type Scope, toSignal, wait } from "./scope.ts";
import { createSlots, type Slots } from "./slots.ts";
import { assertHeaders, readTarget } from "./target.ts";

/** What one request can be told. */
export interface SendOptions {
  /** Who to be. Without one the request goes out as it is. */
  readonly strategy?: AuthStrategy;
  /** Ends the request at once when it aborts. */
  readonly signal?: AbortSignal;
  /** Whether sending it again can do no harm. Default true for GET and HEAD, else false: only what was not sent is. */
  readonly repeatable?: boolean;
  /** Called before each repetition. */
  readonly onRepeat?: (repetition: Repetition) => void;
}

/** Sends requests and gives back answers or one typed error. */
export interface Transport {
  /**
   * Sends one request and reads the whole answer, whatever its status; redirects are errors. What failed, and what was
   * answered 429, 502, 503 or 504, is sent again a few times if that can do no harm.
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

interface OpenLane {
  readonly lane: Lane;
  slotsFor(origin: string): Slots;
}

/**
 * What sends requests: TLS verified, time-outs on, redirects not followed, proxies and ~/.netrc ignored on Node.
 * A connection with a client certificate is used by no strategy but the one it was made for.
 *
 * @param options whom to trust, how long to wait, how much to read
 * @throws HandleError `invalid_options`
 * @example
 * ```ts
 * const transport = createTransport({ ca: await readFile("handle-server.pem", "utf8") });
 * const { status, body } = await transport.send(
 *   { method: "GET", url: "https://handle.example.org:8000/api/handles/20.500.12345/abc", headers: {} },
 * );
 * ```
 */
export function createTransport(options: TransportOptions = {}): Transport {
  const settings = readOptions(options);
  /** Whatever is under way ends with it. */
  const closing = createRootScope();
  const lanes = new WeakMap<object, OpenLane | Promise<OpenLane>>();
  const nobody = {};
  let engine: Promise<Engine> | undefined;

  async function openLane(strategy: AuthStrategy | undefined): Promise<OpenLane> {
    engine ??= loadEngine(settings);
    const { open } = await engine;
    if (strategy?.tls === "external" && !settings.fetch) {
      throw new HandleError("invalid_options", {
        message: "The strategy expects the transport to bring its client certificate, and this one has none.",
        hint: "Give the transport a `fetch` that presents the certificate.",
      });
    }
    const tls = typeof strategy?.tls === "object" ? strategy.tls : undefined;
    const lane = open(
      tls && { certificate: tls.certificate, key: new TextDecoder().decode(tls.key.reveal()) },
    );
    const byOrigin = new Map<string, Slots>();
    return {
      lane,
      slotsFor(origin) {
        const slots = byOrigin.get(origin) ?? createSlots(settings.connections);
        byOrigin.set(origin, slots);
        return slots;
      },
    };
  }

  function laneOf(strategy: AuthStrategy | undefined): OpenLane | Promise<OpenLane> {
    const owner = strategy ?? nobody;
    const known = lanes.get(owner);
    if (known) return known;
    const opening = openLane(strategy);
    lanes.set(owner, opening);
    opening.then(
      (lane) => lanes.set(owner, lane),
      () => {},
    );
    return opening;
  }

  /** The time for everything, ended by the caller's signal too. */
  async function inAll<T>(
    progress: Progress,
    signal: AbortSignal | undefined,
    work: (scope: Scope) => Promise<T>,
  ): Promise<T> {
    const scope = createScope({
      milliseconds: settings.totalTimeout,
      onTimeout: () => notFinished(progress, settings.totalTimeout),
      parent: closing,
      onParent: () => abortedByClose(progress),
      signal,
      onSignal: () => abortedByCaller(progress),
    });
    try {
      if (scope.reason) throw scope.reason;
      return await race(scope, work(scope));
    } finally {
      scope.end();
    }
  }

  /** One request on the wire, once. */
  async function attempt(
    strategy: AuthStrategy | undefined,
    request: WireRequest,
    progress: Progress,
    outer: Scope,
  ): Promise<WireResponse> {
    const { target } = progress;
    assertHeaders(request.headers, target);
    // Each wait costs: there is none where there is nothing to wait for.
    const known = laneOf(strategy);
    const { lane, slotsFor } = known instanceof Promise ? await known : known;
    const slots = slotsFor(target.origin);
    const turn = slots.take(outer);
    if (turn) await turn;
    const scope = createScope({
      milliseconds: settings.attemptTimeout,
      onTimeout: () => notAnswered(progress, settings.attemptTimeout),
      parent: outer,
    });
    const wire = { ...request, headers: { "accept-encoding": "identity", ...request.headers } };
    try {
      if (scope.reason) throw scope.reason;
      const response = await lane.send(wire, progress, scope);
      const redirected = readRedirect(response, target);
      if (redirected) throw redirected;
      return response;
    } catch (error) {
      throw isHandleError(error) ? error : classifyError(error, progress);
    } finally {
      scope.end();
      slots.release();
    }
  }

  /** What a strategy is given: its requests (a login) end by their own time, not with one caller's request. */
  function contextFor(strategy: AuthStrategy, outer: Scope): AuthContext {
    return {
      send(request) {
        const progress = { target: readTarget(request, true), sent: false, sentBefore: false };
        return inAll(progress, undefined, (scope) => attempt(strategy, request, progress, scope));
      },
      get signal() {
        return toSignal(outer);
      },
      ...(settings.log ? { log: settings.log } : {}),
    };
  }

  return {
    async send(request, { strategy, signal, repeatable, onRepeat } = {}) {
      const target = readTarget(request, repeatable);
      const progress: Progress = { target, sent: false, sentBefore: false };
      const once = (scope: Scope) => {
        progress.sent = false;
        if (!strategy) return attempt(undefined, request, progress, scope);
        const send = (wire: WireRequest) => {
          progress.sent = false;
          return attempt(strategy, wire, progress, scope);
        };
        return exchange(strategy, request, { send }, contextFor(strategy, scope));
      };
      return inAll(progress, signal, async (scope) => {
        const until = performance.now() + settings.totalTimeout;
        for (let attempts = 1; ; attempts++) {
          let repetition: Repetition | undefined;
          try {
            const response = await once(scope);
            repetition = target.repeatable
              ? afterResponse(response, attempts, until - performance.now(), settings)
              : undefined;
            if (!repetition) return response;
          } catch (error) {
            repetition =
              isHandleError(error) && !scope.reason
                ? afterError(error, attempts, progress.sent, settings)
                : undefined;
            if (!repetition) throw error;
          }
          progress.sentBefore ||= progress.sent;
          onRepeat?.(repetition);
          settings.log?.info("sending again", {
            method: target.method,
            origin: target.origin,
            path: target.path,
            ...repetition,
          });
          await wait(scope, repetition.delay);
        }
      });
    },
    async close() {
      closing.abort(closedError());
      await (await engine?.catch(() => undefined))?.close();
    },
  };
}
