import type { AuthStrategy } from "@handlekit/core";
import { readWebRequest, toWebResponse } from "@handlekit/core/web-request";
import { checkStrategy } from "./strategy-pools.ts";
import { createTransportFor, type TransportOptions } from "./transport.ts";

/** Options of {@link createFetch}. */
export interface CreateFetchOptions extends TransportOptions {
  /** The identity of every request. Without one the requests are anonymous. */
  readonly strategy?: AuthStrategy | undefined;
}

/** A `fetch` with connections of its own. */
export interface TransportFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Closes every connection; a request under way, or made later, is `aborted`. The strategy is not closed. */
  close(): Promise<void>;
}

/**
 * Creates a `fetch` that sends through a transport: with the strategy's identity, its client certificate and the CA, on
 * Node, Deno and Bun. Give it to any client that accepts a `fetch`.
 *
 * Redirects are not followed, whatever `init.redirect` says: the response is the 3xx itself; browsers hide it, and there
 * it is the error `redirected`. The request's body is read whole, so that it can be sent again. Of `init` only `method`,
 * `headers`, `body` and `signal` have an effect. Every failure is the HandleError of {@link Transport.send} instead of a
 * TypeError.
 *
 * @throws HandleError `invalid_options`
 * @example
 * ```ts
 * const send = createFetch({ strategy, ca: await readFile("handle-server.pem", "utf8") });
 * const response = await send("https://handle.example.org:8000/api/handles/20.500.12345/abc", { method: "DELETE" });
 * await send.close();
 * ```
 */
export function createFetch(options: CreateFetchOptions = {}): TransportFetch {
  const transport = createTransportFor("createFetch", options);
  const { strategy } = options;
  checkStrategy("createFetch", strategy);

  async function send(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const { request, signal } = await readWebRequest("fetch", input, init);
    // Responses are not decoded here, so none may be compressed.
    const { "accept-encoding": _, ...headers } = request.headers;
    const how = { strategy, signal, redirect: "manual" } as const;
    return toWebResponse(await transport.send({ ...request, headers }, how), request);
  }
  return Object.assign(send, { close: () => transport.close() });
}
