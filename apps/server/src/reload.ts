import { X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import type { Logger } from "@handlekit/core";
import { readServerFiles } from "./server-files.ts";
import type { Settings } from "./settings.ts";
import type { RunningServer } from "./start-server.ts";
import { watchFiles } from "./watch-files.ts";

/** A server that can be reloaded. */
export interface Reloading {
  /**
   * Reads settings, certificate, key and the password of searchUser again and takes them on, without interrupting a
   * request. The log says what has changed and what needs a restart, or why nothing was changed.
   *
   * @param readSettings reads the settings
   * @returns false if they cannot be used
   */
  reload(readSettings: () => Promise<Settings>): Promise<boolean>;
}

/** Returns the fields of a certificate for the log. */
function certificateFields(pem: string): Readonly<Record<string, unknown>> {
  const { fingerprint256: certificate, validTo } = new X509Certificate(pem);
  return { certificate, validUntil: new Date(validTo).toISOString() };
}

/** Options of {@link withReload}. */
export interface ReloadOptions {
  readonly directory: string;
  /** Those that the server was started with. */
  readonly settings: Settings;
  readonly log: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How often the files of certificate and key are looked at, in milliseconds. */
  readonly watchEvery: number;
}

/** Returns a server with its reloads, one after the other, also when its certificate or key is replaced. */
export function withReload<T extends RunningServer>(
  server: T,
  { directory, settings, log, environment, watchEvery }: ReloadOptions,
): T & Reloading {
  let present = settings;
  let watched: readonly string[] = [];
  let unwatch = () => {};
  let last = Promise.resolve(true);
  let closed = false;

  const reloadOnce = async (readSettings: () => Promise<Settings>): Promise<boolean> => {
    if (closed) return false;
    try {
      const wanted = await readSettings();
      const files = { log, environment, mayCreate: false };
      const { tls, searchPassword } = await readServerFiles(directory, wanted, files);
      const renewed = await server.renew({ settings: wanted, tls, searchPassword });
      const { settings: taken, changed, needRestart, certificateChanged } = renewed;
      present = taken;
      if (closed) return false;
      watch();
      log.info("reloaded", {
        changed,
        ...(certificateChanged ? certificateFields(tls.certificate) : {}),
      });
      if (needRestart.length > 0) {
        log.warn("these settings are as before until the server is restarted", { settings: needRestart });
      }
      return true;
    } catch (error) {
      log.error("could not reload; the settings and the certificate are those before", { error });
      return false;
    }
  };
  const reload = (readSettings: () => Promise<Settings>) => {
    last = last.then(() => reloadOnce(readSettings));
    return last;
  };
  function watch(): void {
    const paths = [present.tlsCertificate, present.tlsKey].map((path) => resolve(directory, path));
    // Watching the same files anew would miss what has changed since they were read.
    if (paths.join("\0") === watched.join("\0")) return;
    watched = paths;
    unwatch();
    unwatch = watchFiles(paths, watchEvery, () => void reload(async () => present));
  }

  watch();
  return {
    ...server,
    reload,
    async close() {
      closed = true;
      unwatch();
      await last;
      await server.close();
    },
  };
}
