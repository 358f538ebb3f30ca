import { resolve } from "node:path";
import { invalidOptions, type Logger, type Secret, secret } from "@handlekit/core";
import type { OpenedPostgres } from "@handlekit/store-postgres";
import { readSecretFile } from "./secret-file.ts";
import type { Settings } from "./settings.ts";

/** Returns true if the setting store is the address of a PostgreSQL database, and not the path of a file. */
export function isDatabase(store: string): boolean {
  return /^postgres(ql)?:\/\//.test(store);
}

/**
 * Loads the package, which is installed only where it is used.
 *
 * @throws HandleError `invalid_options` if it is not installed
 */
export async function loadPackage(): Promise<typeof import("@handlekit/store-postgres")> {
  try {
    return await import("@handlekit/store-postgres");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw invalidOptions(
      "The setting store is the address of a database, and the package @handlekit/store-postgres is not installed.",
      "npm install --global @handlekit/store-postgres, or without --global where @handlekit/server is.",
    );
  }
}

/**
 * Reads the file with the password of the database, if there is one.
 *
 * @param warn called with a warning if other users can read it
 * @throws HandleError `invalid_options` if it cannot be read or used
 */
export async function readDatabasePassword(
  directory: string,
  { storePasswordFile: file }: Settings,
  warn: (text: string) => void,
): Promise<Secret | undefined> {
  if (file === undefined) return undefined;
  return secret(await readSecretFile(resolve(directory, file), "password of the database", warn));
}

/** Options of {@link openDatabase}. */
export interface OpenDatabaseOptions {
  /** How much memory the records that are read often may use. Default that of the store. */
  readonly cacheBytes?: number | undefined;
  readonly log?: Logger | undefined;
  /** Called with a warning if other users can read the password file. */
  warn(text: string): void;
}

/**
 * Opens the store of a data directory whose setting store is the address of a database.
 *
 * @throws HandleError `invalid_options` if the package is missing or the password file cannot be read; `store_failed` if
 *   the database cannot be used
 */
export async function openDatabase(
  directory: string,
  settings: Settings,
  { cacheBytes, log, warn }: OpenDatabaseOptions,
): Promise<OpenedPostgres> {
  const { openPostgres } = await loadPackage();
  const password = await readDatabasePassword(directory, settings, warn);
  const { store, storeNotify, foreignWritesTtl } = settings;
  return openPostgres({
    connectionString: store,
    password,
    foreignWritesTtl,
    notify: storeNotify,
    cacheBytes,
    log,
  });
}
