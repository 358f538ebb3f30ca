import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { invalidOptions, printable } from "@handlekit/core";

/**
 * Checks that a data directory has a store, which opening it would create.
 *
 * @param file the path of the store, relative to the directory
 * @returns the path of the store
 * @throws HandleError `invalid_options` if it does not exist
 */
export async function assertStore(directory: string, file: string): Promise<string> {
  const path = resolve(directory, file);
  if ((await stat(path).catch(() => undefined)) !== undefined) return path;
  throw invalidOptions(
    `${printable(directory)} has no store: ${printable(path)} does not exist.`,
    "Check the directory, and the setting store in its config.json.",
  );
}
