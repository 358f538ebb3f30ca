import type { OpenedStore } from "@handlekit/core/store";
import { isDatabase, openDatabase } from "../open-database.ts";
import { readSettings } from "../read-settings.ts";
import type { Settings } from "../settings.ts";
import { assertStore } from "./assert-store.ts";
import { openDirectoryStore } from "./open-store.ts";

/** The store of a data directory, and its settings. */
export interface OpenDirectory extends Pick<OpenedStore, "store" | "state"> {
  readonly settings: Settings;
}

/** Options of {@link withDirectory}. */
export interface WithDirectoryOptions {
  /** Whether a store that does not exist is created. Default false. */
  readonly create?: boolean | undefined;
  /** How much memory the records that are read often may use. Default that of the store. */
  readonly cacheBytes?: number | undefined;
}

/**
 * Opens the store of a data directory, or reaches it through its running server, calls `use`, and closes it.
 *
 * @param environment may contain settings
 * @throws HandleError `invalid_options` if the directory, its settings or its store cannot be used; `store_failed` if the
 *   store cannot be opened; whatever `use` throws
 */
export async function withDirectory<T>(
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
  use: (open: OpenDirectory) => Promise<T>,
  { create = false, cacheBytes }: WithDirectoryOptions = {},
): Promise<T> {
  const settings = await readSettings(directory, {}, environment);
  // The server warns of a password that others can read.
  const warn = () => undefined;
  if (!create && !isDatabase(settings.store)) await assertStore(directory, settings.store);
  const { store, state, close } = isDatabase(settings.store)
    ? await openDatabase(directory, settings, { cacheBytes, warn })
    : await openDirectoryStore(directory, settings.store, cacheBytes);
  try {
    return await use({ store, state, settings });
  } finally {
    await close();
  }
}
