/**
 * A fault in one request. With the faults above `expired-session` the request is not applied; with `reset-after` and
 * those below it is applied, and only the response is affected.
 */
export type Fault =
  /** 503 with response code 3. `retryAfter` in seconds, or an HTTP date. */
  | { readonly kind: "busy"; readonly retryAfter?: number | string | undefined }
  /** 429 without JSON, like a proxy. `retryAfter` in seconds, or an HTTP date. */
  | { readonly kind: "too-many"; readonly retryAfter?: number | string | undefined }
  /** A redirect to `location`. Default status 302. */
  | { readonly kind: "redirect"; readonly location: string; readonly status?: number | undefined }
  /** 200 with an HTML page. */
  | { readonly kind: "not-json" }
  /** The connection is reset. */
  | { readonly kind: "reset-before" }
  /** No response until the client gives up. */
  | { readonly kind: "hang-before" }
  /** All sessions end before the request is processed. If it names a session, the response is a 401. */
  | { readonly kind: "expired-session" }
  /** Applied; the connection is reset before the response. */
  | { readonly kind: "reset-after" }
  /** Applied; no response until the client gives up. */
  | { readonly kind: "hang-after" }
  /** Applied; half of the response, then the end of the stream, while the client's half stays open. */
  | { readonly kind: "half-close" }
  /** Applied; head and first byte of the response at once, one more byte for each item of `pace`, then the rest. */
  | { readonly kind: "slow"; readonly pace: Iterable<unknown> | AsyncIterable<unknown> }
  /** Applied; the response of the service with another status. */
  | { readonly kind: "wrong-status"; readonly status: number };

/** The argument of a plan. */
export interface FaultRequest {
  readonly method: string;
  /** Path and query as they stood in the request line. */
  readonly target: string;
  /** The number of the request on this server, from 1. */
  readonly n: number;
}

/** The faults of requests: a function, or a queue whose first item is for the first request. */
export type FaultPlan = ((request: FaultRequest) => Fault | undefined) | readonly (Fault | undefined)[];
