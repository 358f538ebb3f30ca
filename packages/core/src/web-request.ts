import { checkArgument, checkOptions } from "./check.ts";
import { HandleError, invalidOptions, isHandleError } from "./error.ts";
import type { WireRequest, WireResponse } from "./strategy.ts";
import { parseUrl } from "./url.ts";

/** Statuses whose responses have no body, not even an empty one. */
const WITHOUT_BODY: readonly number[] = [204, 205, 304];
const STREAMING = { duplex: "half" };

function checkAddress(caller: string, input: unknown): void {
  if (typeof input !== "string" && !(input instanceof URL)) {
    checkArgument(caller, "its first argument", input, ["string", "object"]);
    return;
  }
  const url = parseUrl(String(input));
  if (!url) throw invalidOptions(`${caller}: its first argument is not an absolute URL.`);
  if (url.username !== "" || url.password !== "") {
    throw invalidOptions(
      `${caller}: the address of ${url.origin} contains a user name or a password.`,
      "Give the credentials to a strategy instead.",
    );
  }
}

/** Creates the platform's Request. Its own errors are not passed on, because some quote the URL or a header. */
function createRequest(
  caller: string,
  input: string | URL | Request,
  init: RequestInit | undefined,
): Request {
  checkAddress(caller, input);
  if (init !== undefined) checkOptions(caller, init, {});
  // The platform accepts a stream as the body only together with `duplex`.
  const lacksDuplex = typeof init?.body === "object" && init.body !== null && !("duplex" in init);
  try {
    return new Request(input, lacksDuplex ? { ...STREAMING, ...init } : init);
  } catch {
    throw invalidOptions(
      `${caller}: its arguments do not form a request.`,
      "The first is an absolute URL or a Request, the second an object with method, headers, body and signal; GET and HEAD have no body.",
    );
  }
}

/** Reads the whole body, until the signal aborts. */
async function readBody(request: Request, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const { method, url } = request;
  const { origin, pathname } = new URL(url);
  let stop = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () =>
      reject(new HandleError("aborted", { message: `${method} ${origin}${pathname} was aborted.` }));
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop);
  });
  try {
    return new Uint8Array(await Promise.race([request.arrayBuffer(), aborted]));
  } catch (error) {
    if (isHandleError(error)) throw error;
    throw new HandleError("invalid_options", {
      message: `The body of ${method} ${origin}${pathname} cannot be read.`,
      hint: "The cause is the error of the stream.",
      cause: error,
    });
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** The request that a function like fetch was called with. */
export interface WebRequest {
  readonly request: WireRequest;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads the arguments of a function like fetch, and the whole body.
 *
 * @param caller the function, for errors
 * @throws HandleError `invalid_options`; `aborted` when the signal aborts before the body has ended
 */
export async function readWebRequest(
  caller: string,
  input: string | URL | Request,
  init: RequestInit | undefined,
): Promise<WebRequest> {
  const request = createRequest(caller, input, init);
  // Not the signal of the new Request: the platform drops that together with the object.
  const inherited = init?.signal === undefined && input instanceof Request;
  const signal = (inherited ? input.signal : init?.signal) ?? undefined;
  const { method } = request;
  const url = request.url.replace(/#.*$/s, "");
  // A strategy may write another body.
  const { "content-length": _, ...headers } = Object.fromEntries(request.headers);
  const body = request.body === null ? undefined : await readBody(request, signal);
  return { request: { method, url, headers, body: body?.length ? body : undefined }, signal };
}

/**
 * Reads the headers of a Response. Those of a body that fetch has decoded are left out.
 *
 * @param received the platform's Headers, or an object with their `forEach`
 * @returns names in lower case; lines of the same name are joined by a comma
 */
export function readWebHeaders(received: {
  forEach(callback: (value: string, name: string) => void): void;
}): Record<string, string> {
  const headers: Record<string, string> = {};
  received.forEach((value, name) => {
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  });
  if (headers["content-encoding"] !== undefined) {
    delete headers["content-encoding"];
    delete headers["content-length"];
  }
  return headers;
}

/**
 * Returns a received response as a Response.
 *
 * @throws HandleError `protocol_error` for a status that a Response cannot have
 */
export function toWebResponse(
  { status, headers, body }: WireResponse,
  { method, url }: WireRequest,
): Response {
  if (status < 200 || status > 599) {
    const { origin, pathname } = new URL(url);
    throw new HandleError("protocol_error", {
      message: `${origin} answered ${method} ${pathname} with the status ${status}, which a Response cannot have.`,
      status,
    });
  }
  const content = WITHOUT_BODY.includes(status) ? null : (body?.slice() ?? null);
  return Object.defineProperty(new Response(content, { status, headers }), "url", { value: url });
}
