import { createServer, type ServerResponse } from "node:http";
import type { Logger } from "@handlekit/core";
import { openPort, urlOf } from "../listen.ts";
import type { Metrics } from "./metrics.ts";
import type { Readiness } from "./readiness.ts";

const MAX_CONNECTIONS = 16;
const TIMEOUT_MS = 5000;

/** The port of metrics and health. */
export interface MetricsServer {
  /** Such as `http://127.0.0.1:9464`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Options of {@link startMetricsServer}. */
export interface MetricsServerOptions {
  readonly host: string;
  readonly port: number;
  readonly metrics: Pick<Metrics, "contentType" | "text">;
  readonly readiness: Pick<Readiness, "check">;
  readonly log: Logger;
}

/** The addresses of this machine that no other machine reaches. */
function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
  });
  response.end(body);
}

const sendJson = (response: ServerResponse, status: number, body: object) =>
  send(response, status, "application/json", `${JSON.stringify(body)}\n`);

/**
 * Opens the port of `/metrics`, `/health/live` and `/health/ready`: plain HTTP, GET alone, without a login, for a few
 * connections.
 *
 * @throws HandleError `invalid_options` if the port cannot be opened
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { host, port, metrics, readiness, log } = options;

  const respond = async (path: string | undefined, response: ServerResponse): Promise<void> => {
    if (path === "/metrics") return send(response, 200, metrics.contentType, await metrics.text());
    if (path === "/health/live") return sendJson(response, 200, { status: "live" });
    if (path !== "/health/ready") {
      return send(response, 404, "text/plain", "There is /metrics, /health/live and /health/ready.\n");
    }
    const reason = await readiness.check();
    if (reason === undefined) return sendJson(response, 200, { status: "ready" });
    sendJson(response, 503, { status: "not ready", reason });
  };

  const server = createServer(
    {
      requestTimeout: TIMEOUT_MS,
      headersTimeout: TIMEOUT_MS,
      keepAliveTimeout: TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_MS / 5,
      maxHeaderSize: 4096,
    },
    (request, response) => {
      if (request.method !== "GET") {
        response.setHeader("Allow", "GET");
        return send(response, 405, "text/plain", "Only GET is supported.\n");
      }
      respond(request.url?.split("?", 1)[0], response).catch((error: unknown) => {
        log.error("the metrics cannot be shown", { error });
        response.destroy();
      });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  const url = urlOf("http", host, await openPort(server, host, port, "--metrics-port"));
  if (!isLoopback(host)) {
    log.warn(
      "other machines may read the metrics without a login: metricsHost is not an address of this machine alone",
      {
        url,
      },
    );
  }
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
