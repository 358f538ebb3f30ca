import { randomBytes } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { HandleError, type Logger, type Secret, secret } from "@handlekit/core";
import { createSqliteStore } from "@handlekit/store-sqlite";
import type { Settings } from "./settings.ts";
import { type RunningServer, startServer } from "./start-server.ts";

const SESSION_KEY_BYTES = 32;

async function readPem(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new HandleError("invalid_key", { message: `The ${what} ${path} cannot be read.`, cause: error });
  }
}

/** The key that seals session ids: made at the first start, readable by its owner alone. */
async function readSessionKey(path: string): Promise<Secret> {
  try {
    await writeFile(path, randomBytes(SESSION_KEY_BYTES), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw new HandleError("invalid_key", {
        message: `The session key ${path} cannot be written.`,
        cause: error,
      });
    }
  }
  const key = await readFile(path);
  if (key.length === SESSION_KEY_BYTES) return secret(key);
  throw new HandleError("invalid_key", {
    message: `The session key ${path} is not ${SESSION_KEY_BYTES} bytes long.`,
    hint: "Remove the file; a new one is made, and open sessions end.",
  });
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
  const sessionKey = await readSessionKey(at("session.key"));
  const store = await createSqliteStore({ file: at(settings.store) });
  return startServer({ store, settings, tls, sessionKey, log });
}
