import type { WireRequest, WireResponse } from "@handlekit/core";
import type { Deadline } from "../deadline.ts";
import { connectTimeoutError } from "../errors.ts";
import type { RequestState } from "../request-target.ts";
import type { TransportSettings } from "../settings.ts";
import type { ClientCertificate, ConnectionPool, Engine } from "./engine.ts";
import { joinChunks } from "./join-chunks.ts";
import { createNodeContext } from "./node-context.ts";
import { CertificateError, createPeerCheck, includesAuthority, type PeerCheck } from "./node-peer-check.ts";

type Socket = import("node:net").Socket;
type TlsSocket = import("node:tls").TLSSocket;
type IncomingMessage = import("node:http").IncomingMessage;

/** The settings that all TLS connections share. */
interface Secure {
  readonly connect: import("node:tls").ConnectionOptions;
  /** The check that the server must pass before it is sent anything. */
  readonly check: PeerCheck;
  /** False if chains of certificates are not verified. */
  readonly chains: boolean;
}

/** Joins the repeated lines of a header; Node's own `headers` leaves some out. */
function joinHeaders(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? "").toLowerCase();
    const value = raw[i + 1] ?? "";
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}

/** Returns an error with the code that undici has for it. */
const failure = (code: string) => Object.assign(new Error(code), { code });

function readResponse(message: IncomingMessage, maxBytes: number): Promise<WireResponse> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    message.on("data", (chunk: Uint8Array) => {
      length += chunk.length;
      if (length > maxBytes) message.destroy(failure("UND_ERR_RES_EXCEEDED_MAX_SIZE"));
      else chunks.push(chunk);
    });
    message.once("error", reject);
    message.once("end", () =>
      resolve({
        status: message.statusCode ?? 0,
        headers: joinHeaders(message.rawHeaders),
        body: chunks.length > 0 ? joinChunks(chunks) : undefined,
      }),
    );
  });
}

/** Sends a request on a connection and closes it. */
async function sendOn(
  socket: Socket,
  { method, headers, body }: WireRequest,
  { origin, path, search }: RequestState["target"],
  maxBytes: number,
): Promise<WireResponse> {
  const { request } = await import("node:http");
  return new Promise((resolve, reject) => {
    const sending = request({
      createConnection: () => socket,
      method,
      path: `${path}${search}`,
      headers: {
        host: new URL(origin).host,
        ...headers,
        ...(body === undefined ? {} : { "content-length": String(body.length) }),
        connection: "close",
      },
    });
    sending.once("response", (message) => readResponse(message, maxBytes).then(resolve, reject));
    sending.once("error", reject);
    // Without this, a connection that ends in an unforeseen way would be waited for.
    sending.once("close", () => reject(failure("ECONNRESET")));
    sending.end(body);
  });
}

/** Creates an engine on node:net, node:tls and node:http, with one connection for each request. */
export async function createSingleEngine(settings: TransportSettings): Promise<Engine> {
  const sockets = new Set<Socket>();

  /** Opens a connection; resolves once it can be written to. */
  async function connect(
    { origin }: RequestState["target"],
    secure: () => Promise<Secure>,
    deadline: Deadline,
  ): Promise<Socket> {
    const { protocol, hostname, port } = new URL(origin);
    const host = hostname.replace(/^\[|\]$/g, "");
    const isSecure = protocol === "https:";
    const address = { host, port: Number(port) || (isSecure ? 443 : 80) };
    const [net, tls, options] = await Promise.all([
      import("node:net"),
      isSecure ? import("node:tls") : undefined,
      isSecure ? secure() : undefined,
    ]);
    if (deadline.reason) throw deadline.reason;
    const name = net.isIP(host) === 0 ? { servername: host } : {};
    const socket =
      tls && options ? tls.connect({ ...address, ...options.connect, ...name }) : net.connect(address);
    // Loaded while the server answers; over TLS after the connection, so that the handshake does not begin later.
    if (isSecure) socket.once("connect", () => import("node:http"));
    else void import("node:http");
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    deadline.onAbort(() => socket.destroy());
    return new Promise((resolve, reject) => {
      const { connectTimeout } = settings;
      const timer = setTimeout(
        () => socket.destroy(connectTimeoutError(origin, connectTimeout)),
        connectTimeout,
      );
      socket.setNoDelay(true);
      socket.once("error", reject);
      socket.once("close", () => {
        clearTimeout(timer);
        reject(failure("ECONNRESET"));
      });
      // Not only once: a renegotiation may bring another certificate.
      socket.on("secureConnect", () => {
        const fault = options?.check(socket as TlsSocket, origin);
        if (fault) socket.destroy(fault);
      });
      socket.once(isSecure ? "secureConnect" : "connect", () => {
        if (socket.destroyed) return;
        clearTimeout(timer);
        socket.off("error", reject);
        resolve(socket);
      });
    });
  }

  function createPool(certificate: ClientCertificate | undefined): ConnectionPool {
    const { ca, trust, verify } = settings;
    const createSecure = async (all: boolean): Promise<Secure> => {
      const [tls, crypto] = await Promise.all([import("node:tls"), import("node:crypto")]);
      const own = trust !== undefined || !verify || (ca !== undefined && !includesAuthority(crypto, ca));
      const chains = all || !own;
      const secureContext = createNodeContext({ tls, crypto }, chains ? ca : [], certificate);
      return {
        // The check decides instead, which also sees the certificate.
        connect: { secureContext, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] },
        check: createPeerCheck(crypto, settings),
        chains,
      };
    };
    let quick: Promise<Secure> | undefined;
    let whole: Promise<Secure> | undefined;

    /** Opens a connection, first without what only chains of certificates need. */
    async function open({ target }: RequestState, deadline: Deadline): Promise<Socket> {
      const secureQuick = () => {
        quick ??= createSecure(false);
        return quick;
      };
      try {
        return await connect(target, secureQuick, deadline);
      } catch (error) {
        if (!(error instanceof CertificateError) || (await secureQuick()).chains) throw error;
        // OpenSSL knows CAs whose certificates do not say that they are one.
        whole ??= createSecure(true);
        const secure = whole;
        return connect(target, () => secure, deadline);
      }
    }

    async function exchange(
      request: WireRequest,
      state: RequestState,
      deadline: Deadline,
    ): Promise<WireResponse> {
      const socket = await open(state, deadline);
      state.sent = true;
      try {
        return await sendOn(socket, request, state.target, settings.maxResponseBytes);
      } finally {
        socket.destroy();
      }
    }

    return {
      send: (request, state, deadline) =>
        new Promise((resolve, reject) => {
          deadline.onAbort(reject);
          exchange(request, state, deadline)
            .then(resolve, reject)
            .finally(() => deadline.offAbort(reject));
        }),
    };
  }

  return {
    createPool,
    async close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
