import type { HandleService } from "./service.ts";

/** What {@link createFetchHandler} can be told. */
export interface FetchHandlerOptions {
  /** Bodies over this many bytes get a 413. Default 1 MiB. */
  readonly maxBodyBytes?: number;
}

/** The whole body; undefined as soon as it is over the limit. */
async function readBody(request: Request, limit: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * A function from a web `Request` to a `Response`, to mount a service in Deno.serve, Bun.serve, hono and other
 * frameworks. Each request counts as a connection of its own, secure when its URL is https; client certificates are not
 * seen. Behind a proxy that ends TLS the URL must say https only if the connection to the client is.
 *
 * @example
 * ```ts
 * Deno.serve({ cert, key }, createFetchHandler(createHandleService({ store })));
 * ```
 */
export function createFetchHandler(
  service: Pick<HandleService, "respond">,
  options: FetchHandlerOptions = {},
): (request: Request) => Promise<Response> {
  const limit = options.maxBodyBytes ?? 1024 * 1024;
  return async (request) => {
    const { protocol } = new URL(request.url);
    const body = await readBody(request, limit);
    if (body === undefined) return new Response(`The body is larger than ${limit} bytes\n`, { status: 413 });
    const answer = await service.respond({
      method: request.method,
      // Not through URL, which would take dot segments of a handle for steps in the path.
      target: request.url.slice(request.url.indexOf("/", protocol.length + 2)),
      headers: Object.fromEntries(request.headers),
      body,
      connection: { secure: protocol === "https:" },
    });
    const headers = new Headers();
    for (const [name, value] of answer.headers) headers.append(name, value);
    const empty = request.method === "HEAD" || answer.status === 204 || answer.status === 304;
    return new Response(empty ? null : new Uint8Array(answer.body), { status: answer.status, headers });
  };
}
