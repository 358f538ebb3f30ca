import type { Connection, RequestProblem } from "../http/message.ts";
import type { HandleService } from "../routes.ts";
import { bodyTaken, bodyTooLarge, checkAdapter, DEFAULT_MAX_BODY_BYTES } from "./problems.ts";

/** Options of {@link createFetchHandler}. */
export interface FetchHandlerOptions<Rest extends readonly unknown[]> {
  /** The maximum size of a body in bytes; a larger one is refused with 413. Default 1 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /**
   * Returns the connection of a request, given the further arguments that the platform passes, such as the `info` of
   * `Deno.serve`. Default secure if the URL of the request is https, without an address. Behind a proxy that terminates
   * TLS, trust a header of the proxy only if no other host can reach this server.
   */
  readonly connection?: ((request: Request, ...rest: Rest) => Connection) | undefined;
}

const EMPTY = new Uint8Array();
/** The statuses of responses without a body. */
const BODILESS = new Set([101, 204, 205, 304]);

/** Resolves to the body, or to the reason why it cannot be read. */
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
 * Creates a function from a web `Request` to a `Response`, to mount a service in Deno.serve, Bun.serve, Hono and other
 * frameworks. Each request is treated as a connection of its own; client certificates are used only if `connection`
 * returns them. The path of the request's URL must be the one that the client sent: use the option `basePath` to mount
 * the service under a path.
 *
 * @returns the function; it rejects if reading the body fails, for example because the client disconnected
 * @throws HandleError `invalid_options` for an argument or option of the wrong type
 * @example
 * ```ts
 * Deno.serve({ cert, key }, createFetchHandler(createHandleService({ store })));
 * ```
 */
export function createFetchHandler<Rest extends readonly unknown[]>(
  service: HandleService,
  options: FetchHandlerOptions<Rest> = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  checkAdapter("createFetchHandler", service, options);
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
      // Not the pathname of a parsed URL, which would resolve dot segments in a handle.
      target: request.url.slice(request.url.indexOf("/", request.url.indexOf("//") + 2)),
      headers: Object.fromEntries(request.headers),
      body: taken ? body : EMPTY,
      connection: connection(request, ...rest),
      problem: taken ? undefined : body,
    });
    const lines = new Headers();
    // The platform manages connections, and HTTP/2 forbids this header.
    for (const [name, value] of headers) if (name !== "Connection") lines.append(name, value);
    const empty = request.method === "HEAD" || BODILESS.has(status);
    return new Response(empty ? null : new Uint8Array(content), { status, headers: lines });
  };
}
