import type { WireResponse } from "@handlekit/core";
import type { Settings } from "../options.ts";
import { type ClientCertificate, type Engine, type Lane, unusablePem } from "./engine.ts";
import { createNodeConnection, type NodeConnection } from "./node-connection.ts";

function joinLines(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined[name] = typeof value === "string" ? value : value.join(", ");
  }
  return joined;
}

/** Sends through undici, one client for each connection, so that an abort ends the connection of its request alone. */
export async function createNodeEngine(settings: Settings): Promise<Engine> {
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
      async send(request, scope, onSent): Promise<WireResponse> {
        const { origin, pathname, search } = new URL(request.url);
        const unused = idle.get(origin) ?? [];
        idle.set(origin, unused);
        const kept = unused.pop();
        if (kept) onSent();
        const connection = kept ?? connect(origin, unused);
        connection.onConnect = onSent;
        const release = scope.onAbort(() => discard(connection));
        try {
          const { statusCode, headers, body } = await connection.client.request({
            path: `${pathname}${search}`,
            method: request.method,
            headers: request.headers,
            body: request.body ?? null,
          });
          const bytes = await body.bytes();
          if (connection.client.stats.connected) unused.push(connection);
          else discard(connection);
          return {
            status: statusCode,
            headers: joinLines(headers),
            ...(bytes.length > 0 ? { body: bytes } : {}),
          };
        } catch (error) {
          discard(connection);
          throw error;
        } finally {
          release();
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
