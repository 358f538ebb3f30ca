import { existsSync } from "node:fs";
import { HandleError, isHandleError } from "@handlekit/core";
import type { SqlDriver } from "../driver/driver.ts";
import { openDriver } from "../driver/open-driver.ts";
import { storeFailure } from "../failure.ts";
import { absolutePath } from "../file/open-file.ts";
import { prepareInspection } from "../file/schema.ts";

/**
 * Opens a connection on a store that another process may have open, calls `use`, and closes it.
 *
 * @param what the action for error messages, to follow "could not"
 * @param signal ends `use`, with its reason as error
 * @throws HandleError `store_failed` if there is no such store, or for an error of SQLite or the system; whatever HandleError
 *   `use` throws
 */
export async function inspect<T>(
  path: string,
  what: string,
  use: (driver: SqlDriver) => Promise<T> | T,
  signal?: AbortSignal | undefined,
): Promise<T> {
  const file = absolutePath(path);
  // A driver would create it.
  if (file === ":memory:" || !existsSync(file)) {
    throw new HandleError("store_failed", {
      message: `There is no store ${file}.`,
      hint: "Check the path.",
    });
  }
  let driver: SqlDriver | undefined;
  try {
    driver = await openDriver(file);
    prepareInspection(driver, file);
    return await use(driver);
  } catch (error) {
    throw isHandleError(error) || signal?.aborted ? error : storeFailure(file, what, error);
  } finally {
    driver?.close();
  }
}
