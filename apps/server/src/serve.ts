import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { HandleError, type Logger, type Secret, secret } from "@handlekit/core";
import { openSqlite } from "@handlekit/store-sqlite";
import { readArdcKey } from "./ardc-key.ts";
import { startControl } from "./control/control-server.ts";
import { readKeyFile } from "./key-file.ts";
import { readSecretFile } from "./secret-file.ts";
import type { Settings } from "./settings.ts";
import { type RunningServer, startServer } from "./start-server.ts";
import { warnIfReadable } from "./warn-readable.ts";

async function readPem(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new HandleError("invalid_key", {
      message: `The ${what} ${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      hint: "Check the path in the settings and the permissions of the file.",
      cause: error,
    });
  }
}

async function readSearchPassword(path: string, log: Logger): Promise<Secret> {
  return secret(await readSecretFile(path, "password of searchUser", (text) => log.warn(text)));
}

/**
 * Starts the server of a data directory.
 *
 * @param environment the environment variables, which may include the key of the ARDC clients
 * @throws HandleError `invalid_options`, `invalid_key` or `store_failed` if it cannot start; nothing is left open then
 */
export async function serve(
  directory: string,
  settings: Settings,
  log: Logger,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<RunningServer> {
  const at = (path: string) => resolve(directory, path);
  if (process.platform !== "win32" && ((await stat(directory)).mode & 0o077) !== 0) {
    log.warn("other users of this machine can access the data directory; run chmod 700 on it", { directory });
  }
  const tls = {
    certificate: await readPem(at(settings.tlsCertificate), "server certificate"),
    key: await readPem(at(settings.tlsKey), "server key"),
  };
  const files: [string, string][] = [
    [settings.tlsKey, "server key"],
    ["session.key", "session key"],
    [settings.store, "store"],
  ];
  if (settings.ardcPrefix !== undefined) files.push([settings.ardcKey, "key of the ARDC clients"]);
  for (const [path, what] of files) await warnIfReadable(at(path), what, log);
  const sessionKey = await readKeyFile(
    at("session.key"),
    "session key",
    "Remove the file: a new one is created, and open sessions end.",
  );
  const ardcKey =
    settings.ardcPrefix === undefined ? undefined : await readArdcKey(directory, settings, environment);
  const searchPassword =
    settings.searchUser === undefined
      ? undefined
      : await readSearchPassword(at(settings.searchPasswordFile), log);
  const opened = await openSqlite({ file: at(settings.store), log });
  const server = await startServer({ opened, settings, tls, sessionKey, ardcKey, searchPassword, log });
  const closeControl = await startControl(directory, opened, log);
  return {
    ...server,
    async close() {
      await closeControl();
      await server.close();
    },
  };
}
