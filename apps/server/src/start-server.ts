import { type Logger, parseReference } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { createHandleService } from "@handlekit/service";
import { listen, type ServerTls } from "./listen.ts";
import type { Settings } from "./settings.ts";

/** A running server. */
export interface RunningServer {
  /** The addresses, HTTPS first. */
  readonly urls: readonly string[];
  /** Answers what is under way, then ends the listeners and closes the store. */
  close(): Promise<void>;
}

/** What a server runs on. */
export interface ServerParts {
  /** Closed with the server, and when it cannot start. */
  readonly store: HandleStore;
  readonly settings: Settings;
  readonly tls: ServerTls;
  readonly log: Logger;
}

/**
 * Puts the service on a store behind its listeners.
 *
 * @throws HandleError `invalid_options`, `invalid_key` or `invalid_reference` when it cannot start; nothing is left open then
 */
export async function startServer({ store, settings, tls, log }: ServerParts): Promise<RunningServer> {
  try {
    const service = createHandleService({
      store,
      log,
      serverAdmins: settings.serverAdmins.map(parseReference),
      serverAdminFullAccess: settings.serverAdminFullAccess,
      allowNaAdmins: settings.allowNaAdmins,
    });
    const listeners = await listen(service, settings, tls, log);
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
