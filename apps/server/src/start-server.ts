import { createPrivateKey } from "node:crypto";
import { type Logger, parseReference, type Secret, type Site, secret } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { createHandleService } from "@handlekit/service";
import { type Listening, listen, type ServerTls } from "./listen.ts";
import type { Settings } from "./settings.ts";

/** A running server. */
export interface RunningServer {
  /** The addresses, HTTPS first. */
  readonly urls: readonly string[];
  /** Answers what is under way, then ends the listeners and closes the store. */
  close(): Promise<void>;
}

/** What HS_SITE would say of a server at these addresses. */
function siteOf(listeners: readonly Listening[]): Site {
  const interfaces = listeners.map(({ url }) => {
    const { protocol, port } = new URL(url);
    return {
      query: true,
      admin: protocol === "https:",
      protocol: protocol === "https:" ? "HTTPS" : "HTTP",
      port: Number(port),
    } as const;
  });
  const address = new URL(listeners[0]?.url ?? "https://127.0.0.1").hostname.replace(/^\[|\]$/g, "");
  return {
    version: 1,
    protocolVersion: "2.11",
    serialNumber: 1,
    primarySite: true,
    multiPrimary: false,
    attributes: [{ name: "desc", value: "Handlekit handle server" }],
    servers: [{ serverId: 1, address, interfaces }],
  };
}

/** The TLS key proves the server too, if it is of the kind that HS_SITE can publish. */
function serverKey({ key }: ServerTls): { readonly serverKey?: Secret } {
  try {
    return createPrivateKey(key).asymmetricKeyType === "rsa" ? { serverKey: secret(key) } : {};
  } catch {
    return {}; // the listener says what is wrong with it
  }
}

/** What a server runs on. */
export interface ServerParts {
  /** Closed with the server, and when it cannot start. */
  readonly store: HandleStore;
  readonly settings: Settings;
  readonly tls: ServerTls;
  /** Seals session ids, 32 bytes; processes that serve together share it. */
  readonly sessionKey: Secret;
  readonly log: Logger;
}

/**
 * Puts the service on a store behind its listeners.
 *
 * @throws HandleError `invalid_options`, `invalid_key` or `invalid_reference` when it cannot start; nothing is left open then
 */
export async function startServer({
  store,
  settings,
  tls,
  sessionKey,
  log,
}: ServerParts): Promise<RunningServer> {
  const listeners: Listening[] = [];
  try {
    const service = createHandleService({
      store,
      log,
      sessionKey: sessionKey.reveal(),
      ...serverKey(tls),
      site: () => siteOf(listeners),
      serverAdmins: settings.serverAdmins.map(parseReference),
      serverAdminFullAccess: settings.serverAdminFullAccess,
      allowNaAdmins: settings.allowNaAdmins,
    });
    listeners.push(...(await listen(service, settings, tls, log)));
    return {
      urls: listeners.map((listener) => listener.url),
      async close() {
        await Promise.all(listeners.map((listener) => listener.close()));
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
