import type { TransportSettings } from "../settings.ts";
import { sendByFetch } from "./by-fetch.ts";
import type { Engine } from "./engine.ts";

/** Creates an engine on Bun's fetch, which has the TLS settings with each request. It trusts the platform's CAs. */
export function createBunEngine(settings: TransportSettings): Engine {
  const { verify, maxResponseBytes } = settings;
  const trust = { rejectUnauthorized: verify };
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
