import type { Client } from "undici";
import { connectTimeoutError } from "../errors.ts";
import type { RequestState } from "../request-target.ts";
import type { TransportSettings } from "../settings.ts";
import type { PeerCheck } from "./node-peer-check.ts";

/** Node's modules and undici, loaded. */
export interface NodePlatform {
  readonly undici: typeof import("undici/index.js");
  readonly net: typeof import("node:net");
  readonly tls: typeof import("node:tls");
}

/** One connection to one origin, made at its first request and again when the server has closed it. */
export interface NodeConnection {
  readonly client: Client;
  /** The request that uses it; its `sent` is set when the connection has been made. */
  request: RequestState | undefined;
  /** Closes it at once, also while it is being made, which undici's own `destroy` does not. */
  destroy(): Promise<void>;
}

/**
 * Creates a connection that presents the certificate of the TLS context, if that has one.
 *
 * @param origin such as `https://handle.example.org:8000`
 * @param tls the TLS context, and the check that the server must pass before it is sent anything
 * @param onDisconnect called when the server, the network or an idle time-out has closed it
 */
export function createNodeConnection(
  { undici, net, tls }: NodePlatform,
  origin: string,
  {
    secureContext,
    check,
  }: { readonly secureContext: import("node:tls").SecureContext; readonly check: PeerCheck },
  { connectTimeout, maxResponseBytes }: TransportSettings,
  onDisconnect: (connection: NodeConnection) => void,
): NodeConnection {
  const { protocol, hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[|\]$/g, "");
  const secure = protocol === "https:";
  const address = { host, port: Number(port) || (secure ? 443 : 80) };
  let socket: import("node:net").Socket | undefined;

  function openSocket(): import("node:net").Socket {
    if (!secure) return net.connect(address);
    const tlsSocket = tls.connect({
      ...address,
      secureContext,
      // The check decides instead, which also sees the certificate. No session is resumed, so that there is always one.
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
      ...(net.isIP(host) === 0 ? { servername: host } : {}),
    });
    // Not only once: a renegotiation may bring another certificate.
    tlsSocket.on("secureConnect", () => {
      const fault = check(tlsSocket, origin);
      if (fault) tlsSocket.destroy(fault);
    });
    return tlsSocket;
  }

  const client = new undici.Client(origin, {
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: maxResponseBytes,
    connect(_options, callback) {
      const opening = openSocket();
      socket = opening;
      const timer = setTimeout(
        () => opening.destroy(connectTimeoutError(origin, connectTimeout)),
        connectTimeout,
      );
      const onError = (error: Error) => callback(error, null);
      opening.setNoDelay(true);
      opening.once("error", onError);
      opening.once("close", () => clearTimeout(timer));
      opening.once(secure ? "secureConnect" : "connect", () => {
        if (opening.destroyed) return;
        clearTimeout(timer);
        opening.off("error", onError);
        if (connection.request) connection.request.sent = true;
        callback(null, opening);
      });
    },
  });
  const connection: NodeConnection = {
    client,
    request: undefined,
    async destroy() {
      const destroyed = client.destroy();
      socket?.destroy();
      await destroyed;
    },
  };
  client.on("disconnect", () => onDisconnect(connection));
  return connection;
}
