import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { encodeUtf8, RESPONSE_CODES } from "@handlekit/core";
import { answer } from "./answer.ts";
import type { Connection, ServiceResponse } from "./exchange-types.ts";
import type { HandleService } from "./service.ts";

/** What {@link createNodeListener} can be told. */
export interface NodeListenerOptions {
  /** Bodies over this many bytes get a 413 and the connection ends. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Called when an answer has been written. */
  readonly onAnswer?: (request: IncomingMessage, response: ServiceResponse, milliseconds: number) => void;
}

/** By shape: on Bun a TLS socket is of another class. */
function isTls(socket: Socket): socket is TLSSocket {
  return "encrypted" in socket && socket.encrypted === true;
}

function connectionOf(socket: Socket): Connection {
  const secure = isTls(socket);
  return {
    secure,
    remoteAddress: socket.remoteAddress,
    // The only evidence of a certificate: `authorized` is true on a resumed TLS 1.3 session without one.
    clientCertificate: secure ? socket.getPeerX509Certificate?.()?.raw : undefined,
  };
}

/** The whole body; "too large" as soon as that is certain, undefined when the client went away. */
function readBody(message: IncomingMessage, limit: number): Promise<Uint8Array | "too large" | undefined> {
  if (Number(message.headers["content-length"] ?? 0) > limit) return Promise.resolve("too large");
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        message.removeAllListeners("data").pause();
        resolve("too large");
      } else chunks.push(chunk);
    });
    message.on("end", () => resolve(Buffer.concat(chunks)));
    message.on("error", () => resolve(undefined));
    message.on("close", () => resolve(undefined));
  });
}

function tooLarge(limit: number): ServiceResponse {
  const body = {
    responseCode: RESPONSE_CODES.protocolError,
    message: `The body is larger than ${limit} bytes`,
  };
  return answer(body, { status: 413, headers: [["Connection", "close"]] });
}

/** The longest request line that is answered, in bytes: method, target and version. */
const MAX_REQUEST_LINE = 8192;

/** What is wrong with a request line, before anybody looks at the request. */
function refuseLine({ method = "", url = "", httpVersion }: IncomingMessage): ServiceResponse | undefined {
  const headers = [["Connection", "close"]] as const;
  if (httpVersion !== "1.1" && httpVersion !== "1.0") {
    const message = `Unsupported HTTP version ${httpVersion}`;
    return answer({ responseCode: RESPONSE_CODES.protocolError, message }, { status: 505, headers });
  }
  if (method.length + url.length + " HTTP/1.1".length + 1 <= MAX_REQUEST_LINE) return undefined;
  return {
    status: 414,
    headers: [["Content-Type", "text/html;charset=utf-8"], ...headers],
    body: encodeUtf8("<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>"),
  };
}

function write(out: ServerResponse, message: IncomingMessage, response: ServiceResponse): void {
  const headers = response.headers.flat();
  out.writeHead(response.status, [...headers, "Content-Length", String(response.body.length)]);
  out.end(message.method === "HEAD" ? undefined : response.body);
}

/**
 * A listener for `node:http` and `node:https` servers in front of a service.
 * For client certificates create the server with `requestCert: true, rejectUnauthorized: false`.
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
  const limit = options.maxBodyBytes ?? 1024 * 1024;
  const connections = new WeakMap<Socket, Connection>();
  const connectionFor = (socket: Socket): Connection => {
    const known = connections.get(socket) ?? connectionOf(socket);
    connections.set(socket, known);
    return known;
  };
  const listen = async (message: IncomingMessage, out: ServerResponse): Promise<void> => {
    const begun = performance.now();
    const body = await readBody(message, limit);
    if (body === undefined) return;
    const { method = "GET", url: target = "/", headers } = message;
    const response =
      refuseLine(message) ??
      (body === "too large"
        ? tooLarge(limit)
        : await service.respond({
            method,
            target,
            headers: Object.fromEntries(
              Object.entries(headers).map(([name, value]) => [name, String(value)]),
            ),
            body,
            connection: connectionFor(message.socket),
          }));
    write(out, message, response);
    options.onAnswer?.(message, response, performance.now() - begun);
  };
  return (message, out) => {
    listen(message, out).catch(() => {
      if (!out.headersSent) out.writeHead(500, { "Content-Type": "text/plain" });
      out.end(encodeUtf8(""));
    });
  };
}
