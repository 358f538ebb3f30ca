import {
  type AuthContext,
  type AuthStrategy,
  exchange,
  HandleError,
  type Logger,
  type WireRequest,
  type WireResponse,
} from "@handlekit/core";

/** What {@link authFetch} can be told. */
export interface AuthFetchOptions {
  /** What sends the requests; default the platform's fetch. It must bring the certificate of a strategy that has one. */
  readonly fetch?: typeof globalThis.fetch;
  readonly log?: Logger;
}

async function toWire(request: Request): Promise<WireRequest> {
  const body = new Uint8Array(await request.arrayBuffer());
  return {
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    ...(body.length > 0 ? { body } : {}),
  };
}

async function fromResponse(response: Response): Promise<WireResponse> {
  if (response.type === "opaqueredirect") {
    throw new HandleError("redirected", {
      message: "The server redirected the request, and credentials do not follow a redirect.",
      hint: "Use the server's own address.",
    });
  }
  const body = new Uint8Array(await response.arrayBuffer());
  // fetch has decoded the body already.
  const {
    "content-encoding": _encoding,
    "content-length": _length,
    ...headers
  } = Object.fromEntries(response.headers);
  return {
    status: response.status,
    headers,
    ...(body.length > 0 ? { body } : {}),
  };
}

/**
 * A `fetch` that carries a strategy's identity, for use in your own handle tooling.
 * Redirects are not followed: the answer is the 3xx itself, in browsers, which hide it, an error. The body is read whole, so that the request can be sent again.
 *
 * @param strategy who to be
 * @param options the fetch beneath and a log
 * @returns a function like `fetch`; beside what fetch throws it rejects as `exchange` of core does
 * @example
 * ```ts
 * const send = authFetch(createBasicAuth({ identity, password, origins }));
 * await send("https://handle.example.org:8000/api/handles/20.500.12345/abc", { method: "DELETE" });
 * ```
 */
export function authFetch(strategy: AuthStrategy, options: AuthFetchOptions = {}): typeof globalThis.fetch {
  return async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const send = options.fetch ?? globalThis.fetch;
    const request = new Request(input, init);
    const { signal } = request;
    const sender =
      (ending: RequestInit): AuthContext["send"] =>
      async ({ method, url, headers, body }) =>
        fromResponse(
          await send(url, {
            method,
            headers,
            redirect: "manual",
            ...(body ? { body: body.slice() } : {}),
            ...ending,
          }),
        );
    const log = options.log ? { log: options.log } : {};
    const wire = await toWire(request);
    const own = { send: sender({}), signal, ...log };
    const response = await exchange(strategy, wire, { send: sender({ signal }) }, own);
    const empty = response.status === 204 || response.status === 205 || response.status === 304;
    return new Response(empty ? null : (response.body?.slice() ?? null), {
      status: response.status,
      headers: response.headers,
    });
  };
}
