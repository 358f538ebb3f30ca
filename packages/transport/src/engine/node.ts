import type { WireRequest, WireResponse } from "@handlekit/core";
import type { Dispatcher } from "undici";
import type { Deadline } from "../deadline.ts";
import type { RequestTarget } from "../request-target.ts";
import type { TransportSettings } from "../settings.ts";
import type { ClientCertificate, ConnectionPool, Engine } from "./engine.ts";
import { joinChunks } from "./join-chunks.ts";
import { createNodeConnection, type NodeConnection } from "./node-connection.ts";
import { createNodeContext } from "./node-context.ts";
import { createPeerCheck } from "./node-peer-check.ts";

/** Joins the repeated lines of undici's headers, in place. */
function joinLines(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  for (const name of Object.keys(headers)) {
    const lines = headers[name];
    if (Array.isArray(lines)) headers[name] = lines.join(", ");
  }
  return headers as Record<string, string>;
}

/** Sends by undici's `dispatch`: the body stream that its `request` makes costs as much as all the rest. */
function sendOn(
  { client }: NodeConnection,
  request: WireRequest,
  { path, search }: RequestTarget,
  deadline: Deadline,
): Promise<WireResponse> {
  return new Promise((resolve, reject) => {
    deadline.onAbort(reject);
    const chunks: Uint8Array[] = [];
    let status: number;
    let headers: Record<string, string>;
    client.dispatch(
      {
        path: `${path}${search}`,
        method: request.method as Dispatcher.HttpMethod,
        headers: request.headers,
        body: request.body ?? null,
      },
      {
        onRequestStart() {},
        onResponseStart(_controller, code, received) {
          status = code;
          headers = joinLines(received);
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk);
        },
        onResponseEnd() {
          deadline.offAbort(reject);
          resolve({ status, headers, body: chunks.length > 0 ? joinChunks(chunks) : undefined });
        },
        onResponseError(_controller, error) {
          deadline.offAbort(reject);
          reject(error);
        },
      },
    );
  });
}

/**
 * Creates an engine on undici, with one client per connection, so that an abort closes only the connection of its
 * request. It runs on Deno and Bun too.
 */
export async function createNodeEngine(settings: TransportSettings): Promise<Engine> {
  const [undici, net, tls, crypto] = await Promise.all([
    // Bun has a replacement of its own for the name "undici" alone.
    import("undici/index.js"),
    import("node:net"),
    import("node:tls"),
    import("node:crypto"),
  ]);
  const check = createPeerCheck(crypto, settings);
  const openConnections = new Set<NodeConnection>();

  function createPool(certificate: ClientCertificate | undefined): ConnectionPool {
    const secureContext = createNodeContext({ tls, crypto }, settings.ca, certificate);
    const idle = new Map<string, NodeConnection[]>();

    function discard(connection: NodeConnection): void {
      openConnections.delete(connection);
      void connection.destroy();
    }

    function connect(origin: string, unused: NodeConnection[]): NodeConnection {
      const connection = createNodeConnection(
        { undici, net, tls },
        origin,
        { secureContext, check },
        settings,
        () => {
          const at = unused.indexOf(connection);
          if (at === -1) return;
          unused.splice(at, 1);
          discard(connection);
        },
      );
      openConnections.add(connection);
      return connection;
    }

    return {
      async send(request, state, deadline): Promise<WireResponse> {
        const { origin } = state.target;
        const unused = idle.get(origin) ?? [];
        idle.set(origin, unused);
        const kept = unused.pop();
        if (kept) state.sent = true;
        const connection = kept ?? connect(origin, unused);
        connection.request = state;
        try {
          const response = await sendOn(connection, request, state.target, deadline);
          connection.request = undefined;
          if (connection.client.stats.connected) unused.push(connection);
          else discard(connection);
          return response;
        } catch (error) {
          discard(connection);
          throw error;
        }
      },
    };
  }

  return {
    createPool,
    async close() {
      await Promise.all([...openConnections].map((connection) => connection.destroy()));
    },
  };
}
