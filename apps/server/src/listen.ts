import { constants } from "node:crypto";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server as NetServer } from "node:net";
import type { Duplex } from "node:stream";
import { HandleError, invalidOptions } from "@handlekit/core";
import type { HandleService } from "@handlekit/service";
import { createNodeListener } from "@handlekit/service/node";
import { createOnePort } from "./one-port.ts";
import type { Settings } from "./settings.ts";

const LIMITS = {
  requestTimeout: 20_000,
  headersTimeout: 10_000,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 60_000,
  maxHeaderSize: 16_384,
};

/** The server's certificate (chain) and its key, PEM. */
export interface ServerTls {
  readonly certificate: string;
  readonly key: string;
}

/** A listening server. */
export interface Listening {
  /** Such as `https://127.0.0.1:8000`. */
  readonly url: string;
  /** Stops listening. Resolves once all pending requests have been handled. */
  close(): Promise<void>;
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): HandleError {
  const where = `${host}:${port}`;
  if (error.code === "EADDRINUSE") {
    return invalidOptions(
      `${where} is in use by another program.`,
      "Stop that program, or choose another port with --https-port or --http-port.",
    );
  }
  if (error.code === "EACCES") {
    return invalidOptions(`This user may not listen on ${where}.`, "Choose a port above 1023.");
  }
  return new HandleError("invalid_options", {
    message: `Could not listen on ${where} (${error.code}).`,
    hint: "Check that --host is an address of this machine.",
    cause: error,
  });
}

/** Opens a port. `servers` are the HTTP servers whose connections are closed with it. */
async function open(
  front: NetServer,
  servers: readonly Server[],
  scheme: string,
  host: string,
  port: number,
): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    front.once("error", (error) => reject(explain(error, host, port)));
    front.listen(port, host, resolve);
  });
  const bound = (front.address() as AddressInfo).port;
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    url: `${scheme}://${name}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        front.close(() => resolve());
        for (const server of servers) {
          // Busy connections are closed after their current request.
          server.keepAliveTimeout = 1;
          server.closeIdleConnections();
        }
      }),
  };
}

/** Responds to a request that node:http cannot parse: with JSON for an unknown method, else only with a status. */
function onClientError(error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const [line = ""] = (error.rawPacket?.toString("latin1") ?? "").split(/\r?\n/, 1);
  const [, method] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}) \S+ HTTP\/1\.[01]$/.exec(line) ?? [];
  const unknown = error.code === "HPE_INVALID_METHOD" && method !== undefined;
  const body = unknown ? JSON.stringify({ responseCode: 4, message: `Unknown method ${method}` }) : "";
  const status = unknown
    ? "501 Not Implemented"
    : error.code === "HPE_HEADER_OVERFLOW"
      ? "431 Request Header Fields Too Large"
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? "408 Request Timeout"
        : "400 Bad Request";
  const type = unknown ? "Content-Type: application/json;charset=utf-8\r\n" : "";
  socket.end(
    `HTTP/1.1 ${status}\r\nDate: ${new Date().toUTCString()}\r\n${type}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

/**
 * Opens the listeners of a service: HTTPS, and plain HTTP if it is in the settings.
 *
 * @throws HandleError `invalid_options` if a port cannot be opened, `invalid_key` if certificate or key cannot be used
 */
export async function listen(
  service: HandleService,
  settings: Settings,
  tls: ServerTls,
): Promise<readonly Listening[]> {
  const listener = createNodeListener(service, { maxBodyBytes: settings.maxBodyBytes });
  let https: Server;
  try {
    https = createHttpsServer(
      {
        ...LIMITS,
        cert: tls.certificate,
        key: tls.key,
        minVersion: "TLSv1.2",
        requestCert: settings.clientCertificates,
        rejectUnauthorized: false,
        // A resumed session would have an identity that its own handshake did not prove.
        secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
      },
      listener,
    );
  } catch {
    throw new HandleError("invalid_key", {
      message: `The server certificate ${settings.tlsCertificate} and key ${settings.tlsKey} cannot be used together.`,
      hint: "Both must be PEM, the key unencrypted, and they must belong together.",
    });
  }
  const http = createHttpServer(LIMITS, listener);
  for (const server of [https, http]) server.on("clientError", onClientError);
  const { host, httpsPort, httpPort } = settings;
  if (httpPort === httpsPort && httpPort !== 0) {
    const shared = await open(
      createOnePort(https, http, LIMITS.headersTimeout),
      [https, http],
      "https",
      host,
      httpsPort,
    );
    return [shared, { url: shared.url.replace("https:", "http:"), close: async () => {} }];
  }
  const secure = await open(https, [https], "https", host, httpsPort);
  if (httpPort === undefined) return [secure];
  try {
    return [secure, await open(http, [http], "http", host, httpPort)];
  } catch (error) {
    await secure.close();
    throw error;
  }
}
