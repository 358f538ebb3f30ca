import { resolve } from "node:path";
import { openSqlite } from "@handlekit/store-sqlite";
import { watchAudit } from "./audit/watch-audit.ts";
import { checkRuntime } from "./check-runtime.ts";
import { startControl } from "./control/control-server.ts";
import type { ServerLog } from "./observe/log.ts";
import { loadMetrics, type Monitor, type ServedStore, startMonitor } from "./observe/monitor.ts";
import { isDatabase, openDatabase } from "./open-database.ts";
import { type Reloading, withReload } from "./reload.ts";
import { readServerFiles } from "./server-files.ts";
import type { Settings } from "./settings.ts";
import { type RenewedParts, type RunningServer, type ServerParts, startServer } from "./start-server.ts";
import type { WorkerLink } from "./workers/worker-link.ts";

/** A running server of a data directory. */
export interface ServedDirectory extends RunningServer, Reloading {
  /** The URL of the metrics; undefined if there are none. */
  readonly metricsUrl: string | undefined;
}

/** How often certificate and key are looked at, in milliseconds. */
const WATCH_EVERY = 2500;

/** Options of {@link serve}. */
export interface ServeOptions {
  /** How often the files of certificate and key are looked at, in milliseconds. Default 2500. */
  readonly watchEvery?: number | undefined;
  /** The first process, if this is one of several. */
  readonly link?: WorkerLink | undefined;
}

/**
 * Starts the server of a data directory. It takes on another certificate and key when their files are replaced.
 *
 * @param environment the environment variables, which may include the key of the ARDC clients
 * @throws HandleError `invalid_options`, `invalid_key` or `store_failed` if it cannot start; nothing is left open then
 */
export async function serve(
  directory: string,
  settings: Settings,
  log: ServerLog,
  environment: Readonly<Record<string, string | undefined>>,
  { watchEvery = WATCH_EVERY, link }: ServeOptions = {},
): Promise<ServedDirectory> {
  checkRuntime(settings, log);
  const files = await readServerFiles(directory, settings, { log, environment });
  const createMetrics = await loadMetrics(settings);
  const inDatabase = isDatabase(settings.store);
  const store: ServedStore = inDatabase
    ? await openDatabase(directory, settings, { log, warn: (text) => log.warn(text) })
    : await openSqlite({ file: resolve(directory, settings.store), log });
  const endWatch = await watchAudit(store.store.audit, { auditDays: settings.auditDays, log });
  const opened = {
    ...store,
    async close() {
      await endWatch();
      await store.close();
    },
  };
  let monitor: Monitor | undefined;
  const observe: ServerParts["observe"] = (event) => monitor?.observe?.(event);
  const server = await startServer({ ...files, opened, settings, log, observe });
  try {
    const { certificate } = files.tls;
    monitor = await startMonitor({ opened, server, certificate, settings, log, link, createMetrics });
  } catch (error) {
    await server.close();
    throw error;
  }
  const watched = monitor;
  // Commands open a database themselves.
  const closeControl = inDatabase ? undefined : await startControl(directory, opened, log);
  const served = {
    ...server,
    metricsUrl: watched.url,
    async renew(next: RenewedParts) {
      const renewed = await server.renew(next);
      const { certificateChanged, settings: taken } = renewed;
      if (certificateChanged) watched.watchCertificate(next.tls.certificate, taken.tlsCertificate);
      return renewed;
    },
    async close() {
      watched.stop();
      await closeControl?.();
      await server.close();
      log.info("stopped");
      await watched.close();
    },
  };
  return withReload(served, { directory, settings, log, environment, watchEvery });
}
