import { createServer as createHttpServer, type ServerOptions } from "node:http";
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { HandleError, invalidOptions, type Logger } from "@handlekit/core";
import type { HandleService } from "@handlekit/service";
import { createNodeListener } from "@handlekit/service/node";
import { createClientErrorListener } from "./client-error.ts";
import { type ConnectionCounts, createConnections } from "./connections.ts";
import { createFirstByteReader } from "./first-byte.ts";
import { type ServerTls, secureContextOptions } from "./secure-context.ts";
import type { Settings } from "./settings.ts";

/** The ports of a server. */
export interface Listening {
  /** Such as `https://127.0.0.1:8000`; HTTPS first. */
  readonly urls: readonly string[];
  /** Counts the connections of all ports. */
  connections(): ConnectionCounts;
  /**
   * Checks other settings and another certificate.
   *
   * @returns a function that applies them: to new connections, and timeouts of node:http to new requests
   * @throws HandleError `invalid_options` or `invalid_key` if they cannot be used
   */
  prepare(settings: Settings, tls: ServerTls): () => void;
  /** Stops listening. Resolves once all connections are closed, at the latest after `stopTimeout`. */
  close(): Promise<void>;
}

function explain(error: NodeJS.ErrnoException, host: string, port: number, flag: string): HandleError {
  const where = `${host}:${port}`;
  if (error.code === "EADDRINUSE") {
    return invalidOptions(
      `${where} is in use by another program.`,
      `Stop that program, or choose another port with ${flag}.`,
    );
  }
  if (error.code === "EACCES") {
    return invalidOptions(`This user may not listen on ${where}.`, "Choose a port above 1023.");
  }
  return new HandleError("invalid_options", {
    message: `Could not listen on ${where} (${error.code}).`,
    hint: "Check that the host in the settings is an address of this machine.",
    cause: error,
  });
}

/**
 * Opens a port. Resolves to its number.
 *
 * @param flag the flag that sets the port, for the error
 * @throws HandleError `invalid_options` if it cannot be opened
 */
export async function openPort(front: NetServer, host: string, port: number, flag: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    front.once("error", (error) => reject(explain(error, host, port, flag)));
    front.listen(port, host, resolve);
  });
  return (front.address() as AddressInfo).port;
}

/** Returns the URL of a port. */
export function urlOf(scheme: string, host: string, port: number): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The time-outs of node:http, which its servers have as members, too. */
function httpTimeouts({ requestTimeout, idleTimeout }: Settings) {
  return { requestTimeout, headersTimeout: Math.ceil(requestTimeout / 2), keepAliveTimeout: idleTimeout };
}

/** The limits of node:http. */
function httpLimits(settings: Settings): ServerOptions {
  return {
    ...httpTimeouts(settings),
    connectionsCheckingInterval: Math.min(2000, Math.ceil(settings.requestTimeout / 10)),
    maxHeaderSize: 16_384,
  };
}

function createTls(settings: Settings, certificate: ServerTls): TlsServer {
  return createTlsServer({
    ...secureContextOptions(settings, certificate),
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: settings.handshakeTimeout,
    requestCert: settings.clientCertificates,
    rejectUnauthorized: false,
  });
}

/**
 * Opens the ports of a service: HTTPS, and plain HTTP if it is in the settings.
 *
 * @throws HandleError `invalid_options` if a port cannot be opened or a setting cannot be used, `invalid_key` if
 *   certificate or key cannot be used
 */
export async function listen(
  service: HandleService,
  settings: Settings,
  certificate: ServerTls,
  log: Logger,
): Promise<Listening> {
  const { host, httpsPort, httpPort, handshakeTimeout } = settings;
  const connections = createConnections(settings, log);
  const onClientError = createClientErrorListener(connections);
  const respond = createNodeListener(service, { maxBodyBytes: settings.maxBodyBytes });
  const tls = createTls(settings, certificate);
  const http = createHttpServer(httpLimits(settings), (message, out) => {
    connections.begin(message, out);
    respond(message, out);
  });
  http.on("clientError", onClientError);
  // Begins the checks of requestTimeout and headersTimeout, which a server that does not listen itself does not do.
  http.emit("listening");
  // Together they do what node:https does. That of Bun takes only connections that it has accepted itself.
  tls.on("secureConnection", (socket) => http.emit("connection", socket));
  // Nothing can be written to a socket whose handshake failed, so that it would never end.
  tls.on("tlsClientError", (_, socket) => socket.destroy());

  // With a server of its own, a connection is admitted before node:http and node:tls use memory for it.
  const createFront = (route: (socket: Socket) => void) =>
    createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      if (connections.admit(socket)) route(socket);
    });
  const toHttps = (socket: Socket) => {
    // As node:https has it. node:http ends its sockets itself.
    socket.allowHalfOpen = false;
    tls.emit("connection", socket);
  };
  const toHttp = (socket: Socket) => http.emit("connection", socket);
  const fronts: NetServer[] = [];
  const urls: string[] = [];
  const start = async (schemes: readonly string[], port: number, route: (socket: Socket) => void) => {
    const front = createFront(route);
    const bound = await openPort(front, host, port, "--https-port or --http-port");
    fronts.push(front);
    for (const scheme of schemes) urls.push(urlOf(scheme, host, bound));
  };
  const prepare = (next: Settings, nextCertificate: ServerTls) => {
    const context = secureContextOptions(next, nextCertificate);
    const limit = connections.prepare(next);
    return () => {
      limit();
      tls.setSecureContext(context);
      Object.assign(http, httpTimeouts(next));
    };
  };
  const close = async () => {
    await Promise.all([
      ...fronts.map((front) => new Promise((resolve) => front.close(resolve))),
      connections.drain(),
    ]);
    // It only stops its checks, because it does not listen.
    http.close();
  };

  if (httpPort === httpsPort && httpPort !== 0) {
    const read = createFirstByteReader({ timeout: handshakeTimeout, toTls: toHttps, toPlain: toHttp });
    await start(["https", "http"], httpsPort, read);
    return { urls, prepare, connections: connections.counts, close };
  }
  try {
    const refuse = (socket: Socket) => void socket.destroy();
    const read = createFirstByteReader({ timeout: handshakeTimeout, toTls: toHttps, toPlain: refuse });
    await start(["https"], httpsPort, read);
    if (httpPort !== undefined) await start(["http"], httpPort, toHttp);
  } catch (error) {
    await close();
    throw error;
  }
  return { urls, prepare, connections: connections.counts, close };
}
