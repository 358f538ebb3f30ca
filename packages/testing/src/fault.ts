/**
 * A fault of one request. The request is not applied by the faults before `expired-session`; by `reset-after` and those
 * below it is applied, and only the response is affected.
 */
export type Fault =
  /** 503 with response code 3. `retryAfter` in seconds, or an HTTP date. */
  | { readonly kind: "busy"; readonly retryAfter?: number | string | undefined }
  /** 429 without JSON, as a proxy answers. `retryAfter` in seconds, or an HTTP date. */
  | { readonly kind: "too-many"; readonly retryAfter?: number | string | undefined }
  /** To `location`; the status is 302 by default. */
  | { readonly kind: "redirect"; readonly location: string; readonly status?: number | undefined }
  /** 200 with an HTML page. */
  | { readonly kind: "not-json" }
  /** The connection is reset. */
  | { readonly kind: "reset-before" }
  /** No answer until the client gives up. */
  | { readonly kind: "hang-before" }
  /** Every session is forgotten before the request is looked at; one that names a session is then answered 401. */
  | { readonly kind: "expired-session" }
  /** Applied; the connection is reset before any of the answer. */
  | { readonly kind: "reset-after" }
  /** Applied; no answer until the client gives up. */
  | { readonly kind: "hang-after" }
  /** Applied; half of the answer, then the end of the stream, while the client's half stays open. */
  | { readonly kind: "half-close" }
  /** Applied; head and first byte of the answer at once, one more byte for each item of `pace`, then the rest. */
  | { readonly kind: "slow"; readonly pace: Iterable<unknown> | AsyncIterable<unknown> }
  /** Applied; the service's answer under another status. */
  | { readonly kind: "wrong-status"; readonly status: number };

/** A request, as a plan gets it. */
export interface FaultRequest {
  readonly method: string;
  /** Path and query as they stood in the request line. */
  readonly target: string;
  /** The number of the request on this server, from 1. */
  readonly n: number;
}

/** Which requests go wrong and how: a function, or a queue whose first item is for the first request. */
export type FaultPlan = ((request: FaultRequest) => Fault | undefined) | readonly (Fault | undefined)[];
