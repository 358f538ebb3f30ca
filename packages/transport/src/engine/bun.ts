import type { TransportSettings } from "../options.ts";
import { sendByFetch } from "./by-fetch.ts";
import type { Engine } from "./engine.ts";

/** Sends through Bun's fetch, which takes the TLS settings with each request. */
export function createBunEngine(settings: TransportSettings): Engine {
  const { ca, verify, maxResponseBytes } = settings;
  const trust = { rejectUnauthorized: verify, ...(ca === undefined ? {} : { ca }) };
  return {
    open(certificate) {
      const extras = certificate
        ? // Never kept alive, so that no other request can come onto a connection with this identity.
          { tls: { ...trust, cert: certificate.certificate, key: certificate.key }, keepalive: false }
        : { tls: trust };
      return {
        send(request, progress, scope) {
          progress.sent = true;
          return sendByFetch(globalThis.fetch, request, scope, maxResponseBytes, extras);
        },
      };
    },
    close: async () => {},
  };
}
