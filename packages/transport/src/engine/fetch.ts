import { HandleError } from "@handlekit/core";
import type { TransportSettings } from "../options.ts";
import { sendByFetch } from "./by-fetch.ts";
import type { Engine, Lane } from "./engine.ts";

/** Sends through a fetch that brings its own TLS: the caller's, or a browser's. */
export function createFetchEngine(settings: TransportSettings, fetch: typeof globalThis.fetch): Engine {
  if (settings.ca !== undefined || !settings.verify) {
    throw new HandleError("not_supported", {
      message: "This platform decides itself whom it trusts: `ca` and `verify: false` have no effect here.",
    });
  }
  const lane: Lane = {
    send(request, progress, scope) {
      progress.sent = true;
      return sendByFetch(fetch, request, scope, settings.maxResponseBytes);
    },
  };
  return {
    open(certificate) {
      if (!certificate) return lane;
      throw new HandleError("not_supported", {
        message: "A fetch of your own or of a browser cannot be given a strategy's client certificate.",
        hint: 'Let the fetch bring the certificate and make the strategy with tls "external".',
      });
    },
    close: async () => {},
  };
}
