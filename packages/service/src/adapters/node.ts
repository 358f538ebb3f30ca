import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { encodeUtf8 } from "@handlekit/core";
import type { Connection, RequestProblem, ServiceRequest, ServiceResponse } from "../http/message.ts";
import type { HandleService } from "../routes.ts";
import { createYield } from "./event-loop.ts";
import { createTurns } from "./one-at-a-time.ts";
import { bodyTaken, bodyTooLarge, checkAdapter, DEFAULT_MAX_BODY_BYTES } from "./problems.ts";

/** Options of {@link createNodeListener}. */
export interface NodeListenerOptions {
  /** The maximum size of a body in bytes; a larger one is refused with 413 and ends the connection. Default 1 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /**
   * Returns the connection of a request. Default that of its socket. Behind a proxy that terminates TLS, return whether
   * the client's connection is secure, and the client's address; trust a header of the proxy only if no other host can
   * reach this server.
   */
  readonly connection?: ((request: IncomingMessage) => Connection) | undefined;
}

/** The members that frameworks add to a request. */
interface FrameworkRequest extends IncomingMessage {
  /** The target before Express or Connect removed the mount path. */
  readonly originalUrl?: string;
  /** The body as a body parser read it. */
  readonly body?: unknown;
}

const EMPTY = new Uint8Array();

/** A larger body takes milliseconds to parse. */
const HEAVY_BYTES = 65_536;

/** Returns true if nobody will read a response. */
function hasDisconnected(socket: Socket): boolean {
  return socket.destroyed || socket.writable === false;
}

/** Returns true if a header that says for which host a request is comes twice (RFC 9112 section 3.2). */
function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts++;
  }
  return hosts > 1;
}

/** Recognised by a member, because Bun's TLS sockets have another class. */
function isTls(socket: Socket): socket is TLSSocket {
  return "encrypted" in socket && socket.encrypted === true;
}

/** Creates a function that returns the connection of a request's socket, always the same object for one socket. */
function createConnections(): (request: IncomingMessage) => Connection {
  const known = new WeakMap<Socket, Connection>();
  return ({ socket }) => {
    const found = known.get(socket);
    if (found !== undefined) return found;
    const secure = isTls(socket);
    const connection = {
      secure,
      remoteAddress: socket.remoteAddress,
      // Not `authorized`, which is true for a resumed TLS 1.3 session without a certificate.
      clientCertificate: secure ? socket.getPeerX509Certificate?.()?.raw : undefined,
    };
    known.set(socket, connection);
    return connection;
  };
}

/** Reads the stream to its end. Resolves to undefined if the client disconnected. */
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

/** Returns the bytes of a body that a parser has read. A parsed object is serialised again. */
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

/** Returns true if a request has no body, as most have none. */
function isBodiless({ headers }: IncomingMessage): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] === undefined && (length === undefined || length === "0");
}

/** Resolves to the body, to the reason why it cannot be read, or to undefined if the client disconnected. */
async function readBody(
  message: FrameworkRequest,
  limit: number,
): Promise<Uint8Array | RequestProblem | undefined> {
  if (message.readableDidRead || message.readableEnded) {
    const body = parsedBody(message);
    if (body === undefined) return bodyTaken();
    return body.length > limit ? bodyTooLarge(limit) : body;
  }
  return Number(message.headers["content-length"] ?? 0) > limit
    ? bodyTooLarge(limit)
    : readStream(message, limit);
}

/** Returns the headers of a request; lines of one name are one text. */
function headersOf({ headers }: IncomingMessage): ServiceRequest["headers"] {
  for (const name in headers) {
    if (typeof headers[name] === "string") continue;
    return Object.fromEntries(Object.entries(headers).map(([each, value]) => [each, String(value)]));
  }
  return headers as ServiceRequest["headers"];
}

/** The part of a body that is read and discarded after it was found too large, so that its sender reads the response. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;
const MAX_DISCARDING_MS = 10_000;

/**
 * Ends a response once the sender has sent its whole body, or more than is reasonable. A connection that is closed
 * earlier is reset, and a client that writes before it reads loses the response.
 */
function endAfterBody(message: IncomingMessage, out: ServerResponse): void {
  let discarded = 0;
  const end = () => {
    clearTimeout(timer);
    out.end();
  };
  const timer = setTimeout(end, MAX_DISCARDING_MS).unref();
  message.on("data", (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > MAX_DISCARDED_BYTES) message.destroy();
  });
  message.once("end", end).once("close", end).resume();
}

/** Returns the headers as `writeHead` takes them: names and values in turn. */
function flatHeaders({ headers, body }: ServiceResponse): string[] {
  const flat: string[] = [];
  for (const [name, value] of headers) flat.push(name, value);
  flat.push("Content-Length", String(body.length));
  return flat;
}

/** A larger body is sent in pieces of this size, each when the operating system has taken the one before. */
const PIECE_BYTES = 65_536;

/**
 * Sends a body to its end. In pieces, a client that reads slowly or not at all does not have all of it encrypted, and held
 * in memory, at once.
 */
function end(out: ServerResponse, body: Uint8Array | undefined): void {
  if (body === undefined || body.length <= PIECE_BYTES) return void out.end(body);
  let sent = 0;
  const sendRest = (): void => {
    out.off("drain", sendNext);
    out.end(body.subarray(sent));
    sent = body.length;
  };
  const sendNext = (): void => {
    while (body.length - sent > PIECE_BYTES) {
      const isFull = out.write(body.subarray(sent, sent + PIECE_BYTES)) === false;
      sent += PIECE_BYTES;
      if (isFull) return void out.once("drain", sendNext);
    }
    sendRest();
  };
  // node:http ends the connection of a client that has ended its own side, and then nothing more can be written.
  const { socket } = out;
  socket?.prependListener?.("end", sendRest);
  out.once("close", () => socket?.off?.("end", sendRest));
  sendNext();
}

function write(out: ServerResponse, message: IncomingMessage, response: ServiceResponse): void {
  const flat = flatHeaders(response);
  if (out.getHeaderNames().length === 0) out.writeHead(response.status, flat);
  else {
    const headers = [...response.headers, ["Content-Length", String(response.body.length)] as const];
    // If a framework has set headers, writeHead keeps only the last of two lines with the same name.
    for (const [name] of headers) out.removeHeader(name);
    for (const [name, value] of headers) out.appendHeader(name, value);
    out.writeHead(response.status);
  }
  const { text } = response;
  const body = message.method === "HEAD" ? undefined : response.body;
  const isShort = body !== undefined && text !== undefined && body.length <= PIECE_BYTES;
  if (isShort && response.status !== 413) out.end(text, "latin1");
  else if (response.status !== 413 || message.complete) end(out, body);
  else {
    out.write(body ?? "");
    endAfterBody(message, out);
  }
}

/** Returns why a request is refused whatever it asks for. */
function problemOf(message: IncomingMessage): RequestProblem | undefined {
  const { httpVersion } = message;
  if (httpVersion !== "1.1" && httpVersion !== "1.0") {
    return { status: 505, message: `Unsupported HTTP version ${httpVersion}` };
  }
  return hasTwoHosts(message) ? { status: 400, message: "The request has two Host headers" } : undefined;
}

/**
 * Creates a listener for `node:http` and `node:https` servers, which can also be mounted in Express, Koa, Fastify and
 * other frameworks. For client certificates, create the server with `requestCert: true, rejectUnauthorized: false`.
 *
 * The requests of one connection are handled one after the other, each when the client has read the response to the one
 * before; those of a client that has disconnected are dropped.
 *
 * If a body parser has already read the body, it is taken from `request.body`; without that the response is a 500 that
 * says so.
 *
 * @throws HandleError `invalid_options` for an argument or option of the wrong type
 * @example
 * ```ts
 * https.createServer(tls, createNodeListener(createHandleService({ store }))).listen(8000);
 * ```
 */
export function createNodeListener(
  service: HandleService,
  options: NodeListenerOptions = {},
): RequestListener {
  checkAdapter("createNodeListener", service, options);
  const { maxBodyBytes = DEFAULT_MAX_BODY_BYTES, connection = createConnections() } = options;
  /** Returns the connection, or the problem if the caller's function throws. */
  const connect = (message: IncomingMessage): Connection | RequestProblem => {
    try {
      return connection(message);
    } catch (cause) {
      return { status: 500, message: "Unexpected server error", cause };
    }
  };
  const respond = async (
    message: FrameworkRequest,
    out: ServerResponse,
    body: Uint8Array | RequestProblem,
  ): Promise<void> => {
    const { method = "GET", url = "/", originalUrl: target = url, httpVersion, socket } = message;
    const taken = body instanceof Uint8Array;
    const from = connect(message);
    const isConnected = !("status" in from);
    const response = await service.respond({
      method,
      target,
      headers: headersOf(message),
      body: taken ? body : EMPTY,
      connection: isConnected ? from : { secure: false, remoteAddress: socket.remoteAddress },
      httpVersion,
      problem: problemOf(message) ?? (isConnected ? undefined : from) ?? (taken ? undefined : body),
    });
    write(out, message, response);
  };
  const afterSockets = createYield();
  const listen = (message: FrameworkRequest, out: ServerResponse): void => {
    const fail = () => void out.destroy();
    const begin = (body: Uint8Array | RequestProblem): void =>
      afterSockets(
        () => {
          if (!hasDisconnected(message.socket)) respond(message, out, body).catch(fail);
        },
        body instanceof Uint8Array && body.length > HEAVY_BYTES,
      );
    if (isBodiless(message)) begin(EMPTY);
    else readBody(message, maxBodyBytes).then((body) => body && begin(body), fail);
  };
  const inTurn = createTurns();
  return (message, out) => inTurn(message, out, () => listen(message, out));
}
