import { resolve } from "node:path";
import type { Logger } from "@handlekit/core";
import { openSqlite } from "@handlekit/store-sqlite";
import { startControl } from "./control/control-server.ts";
import { readServerFiles } from "./server-files.ts";
import type { Settings } from "./settings.ts";
import { type RunningServer, startServer } from "./start-server.ts";

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
  const files = await readServerFiles(directory, settings, { log, environment });
  const opened = await openSqlite({ file: resolve(directory, settings.store), log });
  const server = await startServer({ ...files, opened, settings, log });
  const closeControl = await startControl(directory, opened, log);
  return {
    ...server,
    async close() {
      await closeControl();
      await server.close();
    },
  };
}
