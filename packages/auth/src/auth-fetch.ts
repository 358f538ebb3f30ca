import {
  type AuthContext,
  type AuthStrategy,
  checkArgument,
  checkOptions,
  exchange,
  HandleError,
  type Logger,
  type WireRequest,
  type WireResponse,
} from "@handlekit/core";
import { readWebHeaders, readWebRequest, toWebResponse } from "@handlekit/core/web-request";

/** The second argument with which a {@link FetchLike} is called. */
export interface FetchLikeInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array<ArrayBuffer> | null;
  readonly signal: AbortSignal | null;
  readonly redirect: "manual";
}

/** The members of a `Response` that {@link authFetch} reads. */
export interface FetchLikeResponse {
  readonly status: number;
  readonly type?: string | undefined;
  readonly headers: { forEach(callback: (value: string, name: string) => void): void };
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A function like `fetch`: the platform's, undici's or your own. */
export type FetchLike = (url: string, init: FetchLikeInit) => Promise<FetchLikeResponse>;

/** Options of {@link authFetch}. */
export interface AuthFetchOptions {
  /** Sends the requests. Default the platform's fetch. It must present the certificate of a strategy that has one. */
  readonly fetch?: FetchLike | undefined;
  /** Passed to the strategy. */
  readonly log?: Logger | undefined;
}

async function toWireResponse(response: FetchLikeResponse): Promise<WireResponse> {
  if (response.type === "opaqueredirect") {
    throw new HandleError("redirected", {
      message: "The server redirected the request, and credentials do not follow redirects.",
      hint: "Use the server's own address.",
    });
  }
  const body = new Uint8Array(await response.arrayBuffer());
  const headers = readWebHeaders(response.headers);
  return { status: response.status, headers, body: body.length > 0 ? body : undefined };
}

/**
 * Creates a `fetch` that adds a strategy's identity to each request, on top of another `fetch`.
 *
 * Redirects are not followed, whatever `init.redirect` says: the response is the 3xx itself; browsers hide it, and there
 * it is the error `redirected`. The request's body is read whole, so that it can be sent again. Of `init` only `method`,
 * `headers`, `body` and `signal` have an effect.
 *
 * @param strategy the identity
 * @param options the fetch that sends, and a log
 * @returns a function like `fetch`, which rejects with what that fetch throws and as `exchange` of core does
 * @throws HandleError `invalid_options`
 * @example
 * ```ts
 * const send = authFetch(createBasicAuth({ identity, password, origins }));
 * await send("https://handle.example.org:8000/api/handles/20.500.12345/abc", { method: "DELETE" });
 * ```
 */
export function authFetch(
  strategy: AuthStrategy,
  options: AuthFetchOptions = {},
): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  checkArgument("authFetch", "strategy", strategy, ["object"]);
  checkArgument("authFetch", "strategy.authenticate", strategy.authenticate, ["function"]);
  checkArgument("authFetch", "strategy.origins", strategy.origins, ["array"]);
  checkOptions("authFetch", options, { fetch: ["function", "undefined"], log: ["object", "undefined"] });
  const { log } = options;

  function sender(signal: AbortSignal | null): AuthContext["send"] {
    return async ({ method, url, headers, body }: WireRequest) => {
      const fetch: FetchLike = options.fetch ?? globalThis.fetch;
      const content = body?.length ? body.slice() : null;
      return toWireResponse(await fetch(url, { method, headers, body: content, signal, redirect: "manual" }));
    };
  }

  return async (input, init) => {
    const { request, signal } = await readWebRequest("fetch", input, init);
    // A login is shared by many requests, so it does not end with the signal of one.
    const own = { send: sender(null), signal, log };
    const response = await exchange(strategy, request, { send: sender(signal ?? null) }, own);
    return toWebResponse(response, request);
  };
}
