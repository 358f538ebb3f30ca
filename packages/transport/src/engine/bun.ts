import type { TransportSettings } from "../settings.ts";
import { sendByFetch } from "./by-fetch.ts";
import type { Engine } from "./engine.ts";

/** Creates an engine on Bun's fetch, which takes the TLS settings with each request. */
export function createBunEngine(settings: TransportSettings): Engine {
  const { ca, verify, maxResponseBytes } = settings;
  const trust = { rejectUnauthorized: verify, ...(ca === undefined ? {} : { ca }) };
  return {
    createPool(certificate) {
      const extras = certificate
        ? // Never kept alive, so that no other request can use a connection with this identity.
          { tls: { ...trust, cert: certificate.certificate, key: certificate.key }, keepalive: false }
        : { tls: trust };
      return {
        send(request, state, deadline) {
          state.sent = true;
          return sendByFetch(globalThis.fetch, request, deadline, maxResponseBytes, extras);
        },
      };
    },
    close: async () => {},
  };
}
