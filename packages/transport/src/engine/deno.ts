import { HandleError } from "@handlekit/core";
import type { TransportSettings } from "../settings.ts";
import { sendByFetch } from "./by-fetch.ts";
import { type ClientCertificate, type Engine, invalidPemError } from "./engine.ts";

interface HttpClient {
  close(): void;
}

interface DenoRuntime {
  createHttpClient(options: {
    readonly cert?: string;
    readonly key?: string;
    readonly http2: boolean;
  }): HttpClient;
}

/** Creates an engine on Deno's fetch, with an HTTP client of its own for each certificate. It trusts the platform's CAs. */
export function createDenoEngine(settings: TransportSettings): Engine {
  const { Deno: deno } = globalThis as unknown as { Deno: DenoRuntime };
  const { verify, maxResponseBytes } = settings;
  if (!verify) {
    throw new HandleError("not_supported", {
      message: "On Deno, verification cannot be turned off.",
      hint: "Give the server's certificate as `ca`, or its fingerprint as `trust`.",
    });
  }
  const clients: HttpClient[] = [];
  const createClient = (certificate?: ClientCertificate): HttpClient => {
    try {
      const client = deno.createHttpClient({
        http2: false,
        ...(certificate ? { cert: certificate.certificate, key: certificate.key } : {}),
      });
      clients.push(client);
      return client;
    } catch {
      throw invalidPemError(certificate);
    }
  };
  const anonymous = createClient();
  return {
    createPool(certificate) {
      const client = certificate ? createClient(certificate) : anonymous;
      return {
        send(request, state, deadline) {
          state.sent = true;
          return sendByFetch(globalThis.fetch, request, deadline, maxResponseBytes, { client });
        },
      };
    },
    async close() {
      for (const client of clients.splice(0)) client.close();
    },
  };
}
