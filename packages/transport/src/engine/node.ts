import { concatBytes, type WireRequest, type WireResponse } from "@handlekit/core";
import type { Dispatcher } from "undici";
import type { TransportSettings } from "../options.ts";
import type { Scope } from "../scope.ts";
import type { WireTarget } from "../target.ts";
import { type ClientCertificate, type Engine, type Lane, unusablePem } from "./engine.ts";
import { createNodeConnection, type NodeConnection } from "./node-connection.ts";

/** Undici's headers with the repeated lines joined. */
function joinLines(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  for (const name of Object.keys(headers)) {
    const lines = headers[name];
    if (Array.isArray(lines)) headers[name] = lines.join(", ");
  }
  return headers as Record<string, string>;
}

/** The chunks as one; a single one is not copied. */
function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  if (only && chunks.length === 1) return new Uint8Array(only.buffer, only.byteOffset, only.length);
  return concatBytes(...chunks);
}

/** Undici's `dispatch`, since its `request` gives a stream of the body, which costs as much as all the rest. */
function sendOn(
  { client }: NodeConnection,
  request: WireRequest,
  { path, search }: WireTarget,
  scope: Scope,
): Promise<WireResponse> {
  return new Promise((resolve, reject) => {
    scope.onAbort(reject);
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
          scope.offAbort(reject);
          resolve(chunks.length === 0 ? { status, headers } : { status, headers, body: joined(chunks) });
        },
        onResponseError(_controller, error) {
          scope.offAbort(reject);
          reject(error);
        },
      },
    );
  });
}

/** Sends through undici, one client for each connection, so that an abort ends the connection of its request alone. */
export async function createNodeEngine(settings: TransportSettings): Promise<Engine> {
  const [undici, net, tls, { constants }] = await Promise.all([
    import("undici"),
    import("node:net"),
    import("node:tls"),
    import("node:crypto"),
  ]);
  const open = new Set<NodeConnection>();

  function createContext(certificate: ClientCertificate | undefined) {
    try {
      return tls.createSecureContext({
        ...(settings.ca === undefined ? {} : { ca: settings.ca }),
        ...(certificate
          ? {
              cert: certificate.certificate,
              key: certificate.key,
              // Handle.Net asks for the certificate by renegotiating, which TLS 1.3 does not have, and a
              // renegotiation that resumes a session by its ticket never gets as far as asking.
              maxVersion: "TLSv1.2",
              secureOptions: constants.SSL_OP_NO_TICKET,
            }
          : {}),
      });
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      throw code.startsWith("ERR_OSSL") ? unusablePem(certificate) : error;
    }
  }

  function openLane(certificate: ClientCertificate | undefined): Lane {
    const context = createContext(certificate);
    const idle = new Map<string, NodeConnection[]>();

    function discard(connection: NodeConnection): void {
      open.delete(connection);
      void connection.destroy();
    }

    function connect(origin: string, unused: NodeConnection[]): NodeConnection {
      const connection = createNodeConnection({ undici, net, tls }, origin, context, settings, () => {
        const at = unused.indexOf(connection);
        if (at === -1) return;
        unused.splice(at, 1);
        discard(connection);
      });
      open.add(connection);
      return connection;
    }

    return {
      async send(request, progress, scope): Promise<WireResponse> {
        const { origin } = progress.target;
        const unused = idle.get(origin) ?? [];
        idle.set(origin, unused);
        const kept = unused.pop();
        if (kept) progress.sent = true;
        const connection = kept ?? connect(origin, unused);
        connection.progress = progress;
        try {
          const response = await sendOn(connection, request, progress.target, scope);
          connection.progress = undefined;
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
    open: openLane,
    async close() {
      await Promise.all([...open].map((connection) => connection.destroy()));
    },
  };
}
