import {
  checkArgument,
  HandleError,
  invalidOptions,
  parseUrl,
  quoteForMessage,
  type WireRequest,
} from "@handlekit/core";

/** The parts of a request that a message may show: never its headers, nor the query of its URL. */
export interface RequestTarget {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  /** The URL's query with its question mark, or "". It may hold a secret, so no message shows it. */
  readonly search: string;
  /** True when sending it twice has the same effect as sending it once. */
  readonly repeatable: boolean;
}

/** A request and how far it has got. */
export interface RequestState {
  readonly target: RequestTarget;
  /** Whether it may have reached the server. */
  sent: boolean;
  /** Whether it may have done so in an earlier attempt. */
  sentBefore: boolean;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const METHODS: readonly string[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const SET_BY_TRANSPORT =
  /^(?:host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|content-length|proxy-.*)$/i;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
// A URL parser resolves these, so that the request would go to another path than the one written.
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?=[/?#]|$)/i;

function checkRequest(request: WireRequest): void {
  checkArgument("send", "its request argument", request, ["object"]);
  checkArgument("send", "the request's method", request.method, ["string"]);
  checkArgument("send", "the request's url", request.url, ["string"]);
  checkArgument("send", "the request's headers", request.headers, ["object"]);
  checkArgument("send", "the request's body", request.body, ["bytes", "undefined"]);
}

/**
 * Checks a request and returns its target.
 *
 * @param repeatable default true for GET and HEAD alone
 * @throws HandleError `invalid_options` for a request that cannot be sent as it is written
 */
export function readTarget(request: WireRequest, repeatable?: boolean): RequestTarget {
  checkRequest(request);
  const url = parseUrl(request.url);
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw invalidOptions(
      "send: the request's url is not an absolute http or https address.",
      "Write it whole, such as https://handle.example.org:8000/api/handles/20.500.12345/abc.",
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw invalidOptions(
      `send: the address of ${url.origin} contains a user name or a password.`,
      "Give the credentials to a strategy instead.",
    );
  }
  if (DOT_SEGMENT.test(request.url) && DOT_SEGMENT.test(request.url.replace(/[?#].*$/s, ""))) {
    throw invalidOptions(
      `send: the address of a request to ${url.origin} has a part that is "." or "..", which would change its path to ${quoteForMessage(url.pathname)}.`,
      'Write the slashes of the handle as "%2F".',
    );
  }
  if (!METHODS.includes(request.method)) {
    throw invalidOptions(
      `send: the method of a request to ${url.origin}${url.pathname} must be one of ${METHODS.join(", ")}.`,
    );
  }
  return {
    method: request.method,
    origin: url.origin,
    path: url.pathname,
    search: url.search,
    repeatable: repeatable ?? (request.method === "GET" || request.method === "HEAD"),
  };
}

/**
 * Refuses headers that HTTP does not allow, and those that only the engine may set. No message shows a value.
 *
 * @throws HandleError `invalid_options`; `strategy_failed` when a strategy's request has no headers object
 */
export function assertHeaders(headers: WireRequest["headers"], { origin }: RequestTarget): void {
  if (typeof headers !== "object" || headers === null) {
    throw new HandleError("strategy_failed", {
      message: `The authentication strategy returned a request to ${origin} without headers.`,
      hint: "Its authenticate must return a request of the same shape as the one it is given.",
    });
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name)) {
      throw invalidOptions(`send: a request to ${origin} has a header whose name is not allowed.`);
    }
    if (SET_BY_TRANSPORT.test(name)) {
      throw invalidOptions(
        `send: the header ${name} of a request to ${origin} is set by the transport itself.`,
        "Leave it out.",
      );
    }
    if (typeof value !== "string") {
      checkArgument("send", `the header ${name} of a request to ${origin}`, value, ["string"]);
    }
    if (!HEADER_VALUE.test(value)) {
      throw invalidOptions(
        `send: the header ${name} of a request to ${origin} contains a character that is not allowed.`,
        "HTTP headers hold Latin-1 text without line breaks.",
      );
    }
  }
}
