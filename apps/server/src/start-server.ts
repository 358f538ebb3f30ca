import { createPrivateKey } from "node:crypto";
import { foldCase, type Logger, parseReference, type Secret, type Site, secret } from "@handlekit/core";
import type { HandleStore, StateStore } from "@handlekit/core/store";
import { type ArdcOptions, createArdcClients, createHandleService } from "@handlekit/service";
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

/** A state store that may have an end. */
export type ServerState = StateStore & { close?(): Promise<void> };

/** What a server runs on. */
export interface ServerParts {
  /** Closed with the server, and when it cannot start. */
  readonly store: HandleStore;
  /** Holds sessions and the ARDC service's clients; closed with the store. */
  readonly state: ServerState;
  readonly settings: Settings;
  readonly tls: ServerTls;
  /** Seals session ids, 32 bytes; processes that serve together share it. */
  readonly sessionKey: Secret;
  /** Keys the secrets of the ARDC clients; without it that service is not served. */
  readonly ardcKey?: Secret;
  readonly log: Logger;
}

/** The ARDC service as the settings want it. */
async function ardcOptions(parts: ServerParts): Promise<{ readonly ardc?: ArdcOptions }> {
  const { store, state, settings, ardcKey, log } = parts;
  const { ardcPrefix: prefix } = settings;
  if (prefix === undefined || ardcKey === undefined) return {};
  const secretKey = ardcKey.reveal();
  await createArdcClients(state, secretKey).assertKey();
  if (!(await store.prefixes()).includes(foldCase(prefix))) {
    log.warn("the prefix of the ARDC service is not homed here: every request to /pids will fail", {
      prefix,
    });
  }
  return {
    ardc: {
      state,
      prefix,
      secretKey,
      proxies: settings.ardcProxies,
      adminAddresses: settings.ardcAdminAddresses,
      compatible: settings.ardcCompatible,
      honestStatus: settings.ardcHonestStatus,
      allowHttp: settings.ardcAllowHttp,
    },
  };
}

/**
 * Puts the service on a store behind its listeners.
 *
 * @throws HandleError `invalid_options`, `invalid_key` or `invalid_reference` when it cannot start; nothing is left open then
 */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { store, state, settings, tls, sessionKey, log } = parts;
  const listeners: Listening[] = [];
  const closeStores = async () => {
    try {
      await state.close?.();
    } finally {
      await store.close();
    }
  };
  try {
    const service = createHandleService({
      store,
      state,
      log,
      ...(await ardcOptions(parts)),
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
        await closeStores();
      },
    };
  } catch (error) {
    await closeStores();
    throw error;
  }
}
