import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { invalidOptions, printable } from "@handlekit/core";
import { isDatabase } from "../open-database.ts";

/**
 * Checks that a data directory has a SQLite file, which opening it would create.
 *
 * @param file the path of the store, relative to the directory
 * @returns the path of the store
 * @throws HandleError `invalid_options` if it does not exist, or the store is a database
 */
export async function assertStore(directory: string, file: string): Promise<string> {
  if (isDatabase(file)) {
    throw invalidOptions(
      `The store of ${printable(directory)} is a database, and this command is for SQLite files.`,
      "Back a PostgreSQL database up with pg_dump, and keep a copy of the files of the data directory.",
    );
  }
  const path = resolve(directory, file);
  if ((await stat(path).catch(() => undefined)) !== undefined) return path;
  throw invalidOptions(
    `${printable(directory)} has no store: ${printable(path)} does not exist.`,
    "Check the directory, and the setting store in its config.json.",
  );
}
