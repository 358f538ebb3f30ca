import { HandleError, quoteForMessage, type WireRequest } from "@handlekit/core";

/** What a message may say about a request: never its headers, nor its URL's query. */
export interface WireTarget {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  /** The URL's query with its question mark, or "". For the wire alone: it may hold what a message must not say. */
  readonly search: string;
  /** True when sending it twice does no more than sending it once. */
  readonly repeatable: boolean;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const METHODS: readonly string[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const OF_THE_CONNECTION =
  /^(?:host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|content-length|proxy-.*)$/i;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
// A URL parser resolves these, so that the request would go to another path than the one written.
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?=[/?#]|$)/i;

function invalid(message: string, hint?: string): HandleError {
  return new HandleError("invalid_options", { message, hint });
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/**
 * What messages may say about the request.
 *
 * @param repeatable default true for GET and HEAD alone
 * @throws HandleError `invalid_options` for a request that cannot be sent as it is written
 */
export function readTarget(request: WireRequest, repeatable?: boolean): WireTarget {
  const url = parseUrl(request.url);
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw invalid("The request's URL is not an absolute http or https address.");
  }
  if (url.username !== "" || url.password !== "") {
    throw invalid(
      `The address of ${url.origin} holds a user name or a password.`,
      "Give the credentials to a strategy instead.",
    );
  }
  if (DOT_SEGMENT.test(request.url) && DOT_SEGMENT.test(request.url.replace(/[?#].*$/s, ""))) {
    throw invalid(
      `The address of a request to ${url.origin} has a part that is "." or "..", which would change its path to ${quoteForMessage(url.pathname)}.`,
      'Write the slashes of the handle as "%2F".',
    );
  }
  if (!METHODS.includes(request.method)) {
    throw invalid(
      `The method of a request to ${url.origin}${url.pathname} is none of ${METHODS.join(", ")}.`,
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
 * Refuses what HTTP does not allow in a header and what is the engine's to say; a message names no value.
 *
 * @throws HandleError `invalid_options`
 */
export function assertHeaders(headers: WireRequest["headers"], { origin }: WireTarget): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name)) throw invalid(`A request to ${origin} has a header whose name is not allowed.`);
    if (OF_THE_CONNECTION.test(name)) {
      throw invalid(`The header ${name} of a request to ${origin} is set by the transport alone.`);
    }
    if (!HEADER_VALUE.test(value)) {
      throw invalid(`The header ${name} of a request to ${origin} holds a character that is not allowed.`);
    }
  }
}
