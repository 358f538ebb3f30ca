import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { HandleError, type Logger } from "@handlekit/core";
import { openSqlite } from "@handlekit/store-sqlite";
import { readArdcKey } from "./ardc-key.ts";
import { readKeyFile } from "./key-file.ts";
import type { Settings } from "./settings.ts";
import { type RunningServer, startServer } from "./start-server.ts";

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
 * @param environment the environment variables; one may hold the key of the ARDC clients
 * @throws HandleError `invalid_options`, `invalid_key` or `store_failed` when it cannot start; nothing is left open then
 */
export async function serve(
  directory: string,
  settings: Settings,
  log: Logger,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<RunningServer> {
  const at = (path: string) => resolve(directory, path);
  if (process.platform !== "win32" && ((await stat(directory)).mode & 0o077) !== 0) {
    log.warn("the data directory is open to other users of this machine; run chmod 700 on it", { directory });
  }
  const tls = {
    certificate: await readPem(at(settings.tlsCertificate), "server certificate"),
    key: await readPem(at(settings.tlsKey), "server key"),
  };
  const sessionKey = await readKeyFile(
    at("session.key"),
    "session key",
    "Remove the file; a new one is made, and open sessions end.",
  );
  const ardcKey =
    settings.ardcPrefix === undefined ? undefined : await readArdcKey(directory, settings, environment);
  const opened = await openSqlite({ file: at(settings.store) });
  return startServer({ opened, settings, tls, sessionKey, ardcKey, log });
}
