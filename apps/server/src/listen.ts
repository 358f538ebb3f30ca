import { constants } from "node:crypto";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { HandleError, type Logger } from "@handlekit/core";
import type { HandleService } from "@handlekit/service";
import { createNodeListener } from "@handlekit/service/node";
import type { Settings } from "./settings.ts";

const LIMITS = {
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  keepAliveTimeout: 60_000,
  maxHeaderSize: 16_384,
};

/** The server's certificate (chain) and its key, as PEM. */
export interface ServerTls {
  readonly certificate: string;
  readonly key: string;
}

/** A listening server. */
export interface Listening {
  /** Such as `https://127.0.0.1:8000`. */
  readonly url: string;
  /** Ends once the requests under way are answered. */
  close(): Promise<void>;
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): HandleError {
  const where = `${host}:${port}`;
  if (error.code === "EADDRINUSE") {
    return new HandleError("invalid_options", {
      message: `${where} is in use by another program.`,
      hint: "Stop it, or choose another port with --https-port or --http-port.",
    });
  }
  if (error.code === "EACCES") {
    return new HandleError("invalid_options", {
      message: `This user may not listen on ${where}.`,
      hint: "Choose a port over 1023.",
    });
  }
  return new HandleError("invalid_options", { message: `Could not listen on ${where}.`, cause: error });
}

async function listening(server: Server, scheme: string, host: string, port: number): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(explain(error, host, port)));
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    url: `${scheme}://${name}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // A connection that is busy now must not stay open for the next request.
        server.keepAliveTimeout = 1;
        server.closeIdleConnections();
      }),
  };
}

/** Writes the line of a request: who asked for what and how it ended; no header, no query, no body. */
function accessLog(log: Logger): NonNullable<Parameters<typeof createNodeListener>[1]>["onAnswer"] {
  return (request, response, milliseconds) => {
    log.info("request", {
      remote: request.socket.remoteAddress,
      method: request.method,
      path: request.url?.split("?")[0],
      status: response.status,
      ms: Math.round(milliseconds * 10) / 10,
    });
  };
}

/**
 * Opens the listeners of a service: HTTPS, and plain HTTP where the settings say so.
 *
 * @throws HandleError `invalid_options` when a port cannot be had, `invalid_key` when certificate and key are unusable
 */
export async function listen(
  service: HandleService,
  settings: Settings,
  tls: ServerTls,
  log: Logger,
): Promise<readonly Listening[]> {
  const onAnswer = settings.accessLog ? accessLog(log) : undefined;
  const listener = createNodeListener(service, {
    maxBodyBytes: settings.maxBodyBytes,
    ...(onAnswer ? { onAnswer } : {}),
  });
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
        // A resumed session would carry an identity that this handshake did not prove.
        secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
      },
      listener,
    );
  } catch {
    throw new HandleError("invalid_key", {
      message: `The server certificate ${settings.tlsCertificate} and key ${settings.tlsKey} cannot be used together.`,
      hint: "Both are PEM, the key unencrypted, and belong to each other.",
    });
  }
  const secure = await listening(https, "https", settings.host, settings.httpsPort);
  if (settings.httpPort === undefined) return [secure];
  try {
    const plain = createHttpServer(LIMITS, listener);
    return [secure, await listening(plain, "http", settings.host, settings.httpPort)];
  } catch (error) {
    await secure.close();
    throw error;
  }
}
