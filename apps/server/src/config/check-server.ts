import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { HandleError, isHandleError, type Logger, printable } from "@handlekit/core";
import { openMemory } from "@handlekit/service";
import { isDatabase, readDatabasePassword } from "../open-database.ts";
import { secureContextOptions } from "../secure-context.ts";
import { readServerFiles } from "../server-files.ts";
import type { Settings } from "../settings.ts";
import { siteOf } from "../site.ts";
import { createService } from "../start-server.ts";

/** The result of {@link checkServer}. */
export interface ServerCheck {
  /** The reason why `serve` would not start; undefined if nothing was found. */
  readonly problem: HandleError | undefined;
  readonly warnings: readonly string[];
}

function silentLog(warn: Logger["warn"]): Logger {
  const ignore = () => undefined;
  return { debug: ignore, info: ignore, warn, error: ignore };
}

/** Checks that the store can be read and written, without opening it: that would change its files. */
async function checkStore(path: string, warnings: string[]): Promise<void> {
  const failure = await access(path, constants.R_OK | constants.W_OK).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error,
  );
  if (failure?.code === "ENOENT") {
    warnings.push(`${printable(path)} does not exist: serve would create a store that serves no prefix`);
  } else if (failure !== undefined) {
    throw new HandleError("store_failed", {
      message: `The store ${printable(path)} cannot be read and written (${failure.code}).`,
      hint: "Check the owner of the file and its permissions.",
    });
  }
}

/**
 * Checks whether `serve` would start, as far as that can be found out without writing anything: files, keys, settings. It
 * does not check that the ports are free, and not the content of the store.
 */
export async function checkServer(
  directory: string,
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ServerCheck> {
  const warnings: string[] = [];
  const log = silentLog((message, { file } = {}) => {
    warnings.push(typeof file === "string" ? `${message}: ${printable(file)}` : message);
  });
  try {
    const files = await readServerFiles(directory, settings, { log, environment, mayCreate: false });
    if (isDatabase(settings.store))
      await readDatabasePassword(directory, settings, (text) => warnings.push(text));
    else await checkStore(resolve(directory, settings.store), warnings);
    secureContextOptions(settings, files.tls);
    const parts = { ...files, settings, opened: openMemory(), log: silentLog(() => undefined) };
    await createService(parts, () => siteOf([]));
    return { problem: undefined, warnings };
  } catch (error) {
    if (!isHandleError(error)) throw error;
    return { problem: error, warnings };
  }
}
