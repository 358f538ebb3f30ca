import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { HandleError, type Logger, parseReference } from "@handlekit/core";
import { createHandleService } from "@handlekit/service";
import { createSqliteStore } from "@handlekit/store-sqlite";
import { listen } from "./listen.ts";
import type { Settings } from "./settings.ts";

/** A running server. */
export interface RunningServer {
  /** The addresses, HTTPS first. */
  readonly urls: readonly string[];
  /** Answers what is under way, then ends the listeners and closes the store. */
  close(): Promise<void>;
}

async function readPem(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new HandleError("invalid_key", { message: `The ${what} ${path} cannot be read.`, cause: error });
  }
}

/**
 * Starts the server of a data directory.
 *
 * @throws HandleError `invalid_options`, `invalid_key` or `store_failed` when it cannot start; nothing is left open then
 */
export async function serve(directory: string, settings: Settings, log: Logger): Promise<RunningServer> {
  const at = (path: string) => resolve(directory, path);
  if (process.platform !== "win32" && ((await stat(directory)).mode & 0o077) !== 0) {
    log.warn("the data directory is open to other users of this machine; run chmod 700 on it", { directory });
  }
  const tls = {
    certificate: await readPem(at(settings.tlsCertificate), "server certificate"),
    key: await readPem(at(settings.tlsKey), "server key"),
  };
  const store = await createSqliteStore({ file: at(settings.store) });
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
