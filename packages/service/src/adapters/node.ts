import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { encodeUtf8 } from "@handlekit/core";
import type { Connection, RequestProblem, ServiceRequest, ServiceResponse } from "../http/message.ts";
import type { HandleService } from "../routes.ts";
import { bodyTaken, bodyTooLarge, DEFAULT_MAX_BODY_BYTES } from "./problems.ts";

/** Options of {@link createNodeListener}. */
export interface NodeListenerOptions {
  /** Bodies over this many bytes get a 413 and the connection ends. Default 1 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /**
   * Returns the connection that a request came on. Default: that of its socket. Behind a proxy that ends TLS, say here
   * whether the client's connection is secure and what its address is; trust a header of the proxy only if nobody else
   * can reach this server.
   */
  readonly connection?: ((request: IncomingMessage) => Connection) | undefined;
}

/** The members that frameworks add to a request. */
interface FrameworkRequest extends IncomingMessage {
  /** Express and Connect: the target before they took the mount path away. */
  readonly originalUrl?: string;
  /** Where body parsers leave what they read. */
  readonly body?: unknown;
}

const EMPTY = new Uint8Array();

/** By shape: on Bun a TLS socket is of another class. */
function isTls(socket: Socket): socket is TLSSocket {
  return "encrypted" in socket && socket.encrypted === true;
}

/** The connection of a socket; the same object for every request on it. */
function createConnections(): (request: IncomingMessage) => Connection {
  const known = new WeakMap<Socket, Connection>();
  return ({ socket }) => {
    const found = known.get(socket);
    if (found !== undefined) return found;
    const secure = isTls(socket);
    const connection = {
      secure,
      remoteAddress: socket.remoteAddress,
      // The only evidence of a certificate: `authorized` is true on a resumed TLS 1.3 session without one.
      clientCertificate: secure ? socket.getPeerX509Certificate?.()?.raw : undefined,
    };
    known.set(socket, connection);
    return connection;
  };
}

/** Reads the stream to its end; undefined when the client went away. */
function readStream(
  message: IncomingMessage,
  limit: number,
): Promise<Uint8Array | RequestProblem | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        message.removeAllListeners("data").pause();
        resolve(bodyTooLarge(limit));
      } else chunks.push(chunk);
    });
    message.on("end", () => resolve(Buffer.concat(chunks)));
    message.on("error", () => resolve(undefined));
    message.on("close", () => resolve(undefined));
  });
}

/** The bytes of a body that a parser has read: its own bytes or text, else what it parsed, written anew. */
function parsedBody({ body, headers }: FrameworkRequest): Uint8Array | undefined {
  if (body instanceof Uint8Array) return body;
  if (typeof body === "string") return encodeUtf8(body);
  if (typeof body !== "object" || body === null) return undefined;
  if (!/^application\/x-www-form-urlencoded\b/i.test(headers["content-type"] ?? "")) {
    return encodeUtf8(JSON.stringify(body));
  }
  const fields = Object.entries(body).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, String(one)]),
  );
  return encodeUtf8(new URLSearchParams(fields).toString());
}

/** The whole body, or why it cannot be had; undefined when the client went away. */
async function readBody(
  message: FrameworkRequest,
  limit: number,
): Promise<Uint8Array | RequestProblem | undefined> {
  const { headers } = message;
  const length = headers["content-length"];
  if (headers["transfer-encoding"] === undefined && (length === undefined || length === "0")) return EMPTY;
  if (message.readableDidRead || message.readableEnded) {
    const body = parsedBody(message);
    if (body === undefined) return bodyTaken();
    return body.length > limit ? bodyTooLarge(limit) : body;
  }
  return Number(length ?? 0) > limit ? bodyTooLarge(limit) : readStream(message, limit);
}

function write(out: ServerResponse, message: IncomingMessage, response: ServiceResponse): void {
  const headers = [...response.headers, ["Content-Length", String(response.body.length)] as const];
  if (out.getHeaderNames().length === 0) out.writeHead(response.status, headers.flat());
  else {
    // Beside headers that a framework has set, writeHead would keep only the last of two lines of one name.
    for (const [name] of headers) out.removeHeader(name);
    for (const [name, value] of headers) out.appendHeader(name, value);
    out.writeHead(response.status);
  }
  out.end(message.method === "HEAD" ? undefined : response.body);
}

/**
 * A listener for `node:http` and `node:https` servers in front of a service, which mounts in Express, Koa, Fastify and
 * other frameworks too. For client certificates create the server with `requestCert: true, rejectUnauthorized: false`.
 *
 * A body that a parser has read already is taken from `request.body`; if it is not there, the answer is 500 and says so.
 *
 * @example
 * ```ts
 * https.createServer(tls, createNodeListener(createHandleService({ store }))).listen(8000);
 * ```
 */
export function createNodeListener(
  service: HandleService,
  options: NodeListenerOptions = {},
): RequestListener {
  const { maxBodyBytes = DEFAULT_MAX_BODY_BYTES, connection = createConnections() } = options;
  /** The connection; when the caller's function fails, nobody's, with the reason. */
  const connect = (message: IncomingMessage): Pick<ServiceRequest, "connection" | "problem"> => {
    try {
      return { connection: connection(message) };
    } catch (cause) {
      const { remoteAddress } = message.socket;
      const problem = { status: 500, message: "Unexpected server error", cause };
      return { connection: { secure: false, remoteAddress }, problem };
    }
  };
  const listen = async (message: FrameworkRequest, out: ServerResponse): Promise<void> => {
    const { method = "GET", url = "/", originalUrl: target = url, httpVersion } = message;
    const body = await readBody(message, maxBodyBytes);
    if (body === undefined) return;
    const taken = body instanceof Uint8Array;
    const version = /^1\.[01]$/.test(httpVersion)
      ? undefined
      : { status: 505, message: `Unsupported HTTP version ${httpVersion}` };
    const from = connect(message);
    const response = await service.respond({
      method,
      target,
      headers: Object.fromEntries(
        Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: taken ? body : EMPTY,
      connection: from.connection,
      problem: version ?? from.problem ?? (taken ? undefined : body),
    });
    write(out, message, response);
  };
  return (message, out) => {
    listen(message, out).catch(() => out.destroy());
  };
}
