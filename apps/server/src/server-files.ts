import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { HandleError, type Logger, type Secret, secret } from "@handlekit/core";
import { readArdcKey } from "./ardc-key.ts";
import { readKeyFile } from "./key-file.ts";
import { isDatabase } from "./open-database.ts";
import { readSecretFile } from "./secret-file.ts";
import type { ServerTls } from "./secure-context.ts";
import type { Settings } from "./settings.ts";
import { warnIfReadable } from "./warn-readable.ts";

/** The contents of the files of a data directory that the settings name. */
export interface ServerFiles {
  readonly tls: ServerTls;
  readonly sessionKey: Secret;
  readonly ardcKey: Secret | undefined;
  readonly searchPassword: Secret | undefined;
}

/** Options of {@link readServerFiles}. */
export interface ServerFilesOptions {
  /** Gets a warning for each file that other users of this machine can access. */
  readonly log: Logger;
  /** May contain the key of the ARDC clients. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** False to write no file, and use keys for this once in place of those that do not exist. Default true. */
  readonly mayCreate?: boolean | undefined;
}

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

/**
 * Reads the files of a data directory that its server needs, besides the store.
 *
 * @throws HandleError `invalid_options`, `invalid_key` for the first one that cannot be used
 */
export async function readServerFiles(
  directory: string,
  settings: Settings,
  { log, environment, mayCreate }: ServerFilesOptions,
): Promise<ServerFiles> {
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
  ];
  if (!isDatabase(settings.store)) files.push([settings.store, "store"]);
  if (settings.ardcPrefix !== undefined) files.push([settings.ardcKey, "key of the ARDC clients"]);
  for (const [path, what] of files) await warnIfReadable(at(path), what, log);
  const sessionKey = await readKeyFile(
    at("session.key"),
    "session key",
    "Remove the file: a new one is created, and open sessions end.",
    mayCreate,
  );
  const ardcKey =
    settings.ardcPrefix === undefined
      ? undefined
      : await readArdcKey(directory, settings, environment, mayCreate);
  const searchPassword =
    settings.searchUser === undefined
      ? undefined
      : secret(
          await readSecretFile(at(settings.searchPasswordFile), "password of searchUser", (text) =>
            log.warn(text),
          ),
        );
  return { tls, sessionKey, ardcKey, searchPassword };
}
