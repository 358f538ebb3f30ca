import { HandleError, type WireRequest, type WireResponse } from "@handlekit/core";
import type { Progress } from "../failures.ts";
import type { Settings } from "../options.ts";
import type { Scope } from "../scope.ts";

/** PEM text of a client's certificate and its unencrypted key. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** Connections that belong together: one identity, or none. */
export interface Lane {
  /**
   * Sends one request and reads the whole answer. Rejects with whatever the platform throws.
   *
   * @param progress where the request goes; is told when it may be on the wire
   * @param scope ends it at once, with its connection and the scope's reason
   */
  send(request: WireRequest, progress: Progress, scope: Scope): Promise<WireResponse>;
}

/** What puts requests on the wire on one platform. */
export interface Engine {
  /** @throws HandleError `invalid_key` or `not_supported` when the certificate cannot be presented */
  open(certificate?: ClientCertificate): Lane;
  /** Closes every connection. */
  close(): Promise<void>;
}

/** What is wrong when the platform does not take the PEM text that it is given. */
export function unusablePem(certificate: ClientCertificate | undefined): HandleError {
  return certificate
    ? new HandleError("invalid_key", {
        message: "The client certificate and its key cannot be used together.",
        hint: "Both are PEM, the key is unencrypted, and it is the key of this certificate.",
      })
    : new HandleError("invalid_options", {
        message: "`ca` holds a certificate that cannot be read.",
        hint: "Check that the file is complete.",
      });
}

/**
 * The engine for the platform this runs on.
 *
 * @throws HandleError `not_supported` when the platform cannot do what the settings ask
 */
export async function loadEngine(settings: Settings): Promise<Engine> {
  const platform: { Deno?: unknown; Bun?: unknown; process?: { versions?: { node?: string } } } = globalThis;
  if (settings.fetch) return (await import("./fetch.ts")).createFetchEngine(settings, settings.fetch);
  if (platform.Deno) return (await import("./deno.ts")).createDenoEngine(settings);
  if (platform.Bun) return (await import("./bun.ts")).createBunEngine(settings);
  if (platform.process?.versions?.node) return (await import("./node.ts")).createNodeEngine(settings);
  return (await import("./fetch.ts")).createFetchEngine(settings, globalThis.fetch);
}
