import { createPrivateKey } from "node:crypto";
import {
  foldCase,
  type Logger,
  parseReference,
  type Secret,
  type Site,
  sameBytes,
  secret,
} from "@handlekit/core";
import type { OpenedStore } from "@handlekit/core/store";
import {
  type ArdcOptions,
  createArdcClients,
  createHandleService,
  type HandleService,
  type SearchOptions,
  type ServiceEvent,
} from "@handlekit/service";
import type { ConnectionCounts } from "./connections.ts";
import { type Listening, listen } from "./listen.ts";
import { createAccessLog } from "./observe/access-log.ts";
import { isDatabase } from "./open-database.ts";
import { planReload, type ReloadPlan } from "./plan-reload.ts";
import type { ServerTls } from "./secure-context.ts";
import type { Settings } from "./settings.ts";
import { siteOf } from "./site.ts";

/** A running server. */
export interface RunningServer {
  /** The addresses, HTTPS first. */
  readonly urls: readonly string[];
  /** Counts the connections of all ports. */
  connections(): ConnectionCounts;
  /**
   * Takes on other settings, another certificate and another password of searchUser, without interrupting a request.
   *
   * @throws HandleError `invalid_options`, `invalid_key` or `invalid_reference` if they cannot be used; nothing has
   *   changed then
   */
  renew(next: RenewedParts): Promise<Renewed>;
  /** Stops listening, waits for pending requests, at most `stopTimeout`, and closes the store. */
  close(): Promise<void>;
}

/** The parts that a running server can have replaced. */
export type RenewedParts = Pick<ServerParts, "settings" | "tls" | "searchPassword">;

/** The difference that {@link RunningServer.renew} made. */
export interface Renewed extends Omit<ReloadPlan, "changesService"> {
  readonly certificateChanged: boolean;
}

/** Returns the TLS key if HS_SITE can publish it: the server also uses it to prove itself to clients. */
function serverKeyOf({ key }: ServerTls): Secret | undefined {
  try {
    return createPrivateKey(key).asymmetricKeyType === "rsa" ? secret(key) : undefined;
  } catch {
    return undefined; // The listener reports the error.
  }
}

/** Options of {@link startServer}. */
export interface ServerParts {
  /** Records and state. They are closed with the server, and if it cannot start. */
  readonly opened: OpenedStore;
  readonly settings: Settings;
  readonly tls: ServerTls;
  /** The key that encrypts session ids, 32 bytes; the same in all processes that share a store. */
  readonly sessionKey: Secret;
  /** The key for the ARDC clients' secrets. Default none: there is no ARDC service. */
  readonly ardcKey?: Secret | undefined;
  /** The password of the account in the settings that may search. Default none: there is no account. */
  readonly searchPassword?: Secret | undefined;
  readonly log: Logger;
  /** Called after each request, after the access log. */
  readonly observe?: ((event: ServiceEvent) => void) | undefined;
}

/** Resolves to the options of the ARDC service, or to undefined if it is not configured. */
async function ardcOptions(parts: ServerParts): Promise<ArdcOptions | undefined> {
  const { opened, settings, ardcKey, log } = parts;
  const { store, state } = opened;
  const { ardcPrefix: prefix } = settings;
  if (prefix === undefined || ardcKey === undefined) return undefined;
  const secretKey = ardcKey.reveal();
  await createArdcClients(state, secretKey).assertKey();
  if (!(await store.prefixes()).includes(foldCase(prefix))) {
    log.warn("the prefix of the ARDC service is not homed here: every request to /pids will fail", {
      prefix,
    });
  }
  return {
    state,
    prefix,
    secretKey,
    proxies: settings.ardcProxies,
    adminAddresses: settings.ardcAdminAddresses,
    compatible: settings.ardcCompatible,
    honestStatus: settings.ardcHonestStatus,
    allowHttp: settings.ardcAllowHttp,
  };
}

function searchOptions({ settings, searchPassword }: ServerParts): SearchOptions {
  const { searchUser: username, searchPrefixes } = settings;
  if (username === undefined || searchPassword === undefined) return {};
  const prefixes = searchPrefixes.length === 0 ? undefined : searchPrefixes;
  return { accounts: [{ username, password: searchPassword, prefixes }] };
}

const sameSecret = (a: Secret | undefined, b: Secret | undefined) =>
  a === b || (a !== undefined && b !== undefined && sameBytes(a.reveal(), b.reveal()));

/**
 * Creates the service on a store.
 *
 * @param site returns the HS_SITE of the server
 * @throws HandleError `invalid_options`, `invalid_key` or `invalid_reference` if a setting or a key cannot be used
 */
export async function createService(parts: ServerParts, site: () => Site): Promise<HandleService> {
  const { opened, settings, tls, sessionKey, log, observe } = parts;
  const { store, state } = opened;
  return createHandleService({
    store,
    state,
    log,
    observe,
    failedLogins: {
      perIdentity: settings.failedLoginsPerIdentity,
      perAddress: settings.failedLoginsPerAddress,
      shared: isDatabase(settings.store),
    },
    ardc: await ardcOptions(parts),
    search: searchOptions(parts),
    publicUrl: settings.publicUrl,
    basicInBrowsers: settings.basicInBrowsers,
    maxSessionSeconds: settings.maxSessionSeconds,
    hstsMaxAge: settings.hstsMaxAge,
    sessionKey: sessionKey.reveal(),
    serverKey: serverKeyOf(tls),
    site,
    serverAdmins: settings.serverAdmins.map(parseReference),
    serverAdminFullAccess: settings.serverAdminFullAccess,
    allowNaAdmins: settings.allowNaAdmins,
    verificationsPerMinute: settings.verificationsPerMinute,
  });
}

/**
 * Starts the service on a store, with its listeners.
 *
 * @throws HandleError `invalid_options`, `invalid_key` or `invalid_reference` if it cannot start; nothing is left open then
 */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { opened, log } = parts;
  let logAccess = createAccessLog(log, parts.settings.accessLog);
  let present: ServerParts = {
    ...parts,
    observe(event) {
      logAccess(event);
      parts.observe?.(event);
    },
  };
  let listening: Listening | undefined;
  const site = () => siteOf(listening?.urls ?? []);
  try {
    let service = await createService(present, site);
    const ports = await listen(
      { respond: (request) => service.respond(request) },
      parts.settings,
      parts.tls,
      log,
    );
    listening = ports;
    return {
      urls: ports.urls,
      connections: ports.connections,
      async renew(wanted) {
        const { changesService, ...plan } = planReload(present.settings, wanted.settings);
        const next = { ...present, ...wanted, settings: plan.settings };
        const apply = ports.prepare(next.settings, next.tls);
        const isSame =
          !changesService &&
          next.tls.key === present.tls.key &&
          sameSecret(next.searchPassword, present.searchPassword);
        // Requests that the one before is handling go on; both work on the same store.
        const renewed = isSame ? service : await createService(next, site);
        const certificateChanged = next.tls.certificate !== present.tls.certificate;
        apply();
        service = renewed;
        logAccess = createAccessLog(log, next.settings.accessLog);
        present = next;
        return { ...plan, certificateChanged };
      },
      async close() {
        await ports.close();
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
