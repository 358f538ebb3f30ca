import type { Connection, RequestProblem } from "../http/message.ts";
import type { HandleService } from "../routes.ts";
import { bodyTaken, bodyTooLarge, DEFAULT_MAX_BODY_BYTES } from "./problems.ts";

/** Options of {@link createFetchHandler}. */
export interface FetchHandlerOptions<Rest extends readonly unknown[]> {
  /** Bodies over this many bytes get a 413. Default 1 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /**
   * Returns the connection that a request came on, given whatever the platform passes beside it (such as the `info` of
   * `Deno.serve`). Default: secure when the request's URL is https, without address. Behind a proxy that ends TLS, trust
   * a header of the proxy only if nobody else can reach this server.
   */
  readonly connection?: ((request: Request, ...rest: Rest) => Connection) | undefined;
}

const EMPTY = new Uint8Array();
/** Statuses whose responses have no body. */
const BODILESS = new Set([101, 204, 205, 304]);

/** The whole body, or why it cannot be had. */
async function readBody(request: Request, limit: number): Promise<Uint8Array | RequestProblem> {
  if (request.bodyUsed) return bodyTaken();
  if (request.body === null) return EMPTY;
  if (Number(request.headers.get("content-length") ?? 0) > limit) return bodyTooLarge(limit);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > limit) return bodyTooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * A function from a web `Request` to a `Response`, to mount a service in Deno.serve, Bun.serve, Hono and other
 * frameworks. Each request counts as a connection of its own; client certificates are seen only if `connection` gives
 * them. The path of the request's URL must be the one that the client sent: mount it under a path with `basePath`.
 *
 * @throws the returned function rejects when the request's body fails, as when the client goes away
 * @example
 * ```ts
 * Deno.serve({ cert, key }, createFetchHandler(createHandleService({ store })));
 * ```
 */
export function createFetchHandler<Rest extends readonly unknown[]>(
  service: HandleService,
  options: FetchHandlerOptions<Rest> = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  const { maxBodyBytes = DEFAULT_MAX_BODY_BYTES } = options;
  const { connection = ({ url }: Request) => ({ secure: url.startsWith("https:") }) } = options;
  return async (request, ...rest) => {
    const body = await readBody(request, maxBodyBytes);
    const taken = body instanceof Uint8Array;
    const {
      status,
      headers,
      body: content,
    } = await service.respond({
      method: request.method,
      // Not the pathname, in which dot segments of a handle would have been taken for steps in the path.
      target: request.url.slice(request.url.indexOf("/", request.url.indexOf("//") + 2)),
      headers: Object.fromEntries(request.headers),
      body: taken ? body : EMPTY,
      connection: connection(request, ...rest),
      problem: taken ? undefined : body,
    });
    const lines = new Headers();
    // The platform decides about the connection; on HTTP/2 the header is an error.
    for (const [name, value] of headers) if (name !== "Connection") lines.append(name, value);
    const empty = request.method === "HEAD" || BODILESS.has(status);
    return new Response(empty ? null : new Uint8Array(content), { status, headers: lines });
  };
}
