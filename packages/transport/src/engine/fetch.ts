import { HandleError } from "@handlekit/core";
import type { TransportSettings } from "../settings.ts";
import { type FetchLike, sendByFetch } from "./by-fetch.ts";
import type { ConnectionPool, Engine } from "./engine.ts";

/** Creates an engine on a fetch that has TLS settings of its own: the caller's, or a browser's. */
export function createFetchEngine(settings: TransportSettings, fetch: FetchLike): Engine {
  if (settings.ca !== undefined || settings.trust !== undefined || !settings.verify) {
    throw new HandleError("not_supported", {
      message: "On this platform `ca`, `trust` and `verify: false` have no effect. Nothing was sent.",
      hint: "Leave them out: the platform itself decides which certificates it trusts. Let it trust the server's, or use Node, Deno or Bun.",
    });
  }
  const pool: ConnectionPool = {
    send(request, state, deadline) {
      state.sent = true;
      return sendByFetch(fetch, request, deadline, settings.maxResponseBytes);
    },
  };
  return {
    createPool(certificate) {
      if (!certificate) return pool;
      throw new HandleError("not_supported", {
        message: "The client certificate of a strategy cannot be given to a custom fetch or to a browser's.",
        hint: 'Let the fetch present the certificate, and create the strategy with tls: "external".',
      });
    },
    close: async () => {},
  };
}
