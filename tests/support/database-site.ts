import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSiteWith, type Site } from "./site.ts";

/** Makes a site whose records are in a database, and serves it with these flags. */
export function serveDatabaseSite(store: string, ...flags: readonly string[]): Promise<Site> {
  return createSiteWith(["--store", store], flags);
}

/** Makes a site whose records are in a database, with more settings. Its server is stopped. */
export async function createDatabaseSite(
  store: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Site> {
  const site = await serveDatabaseSite(store);
  await site.server.stop();
  const config = join(site.directory, "config.json");
  const before = JSON.parse(await readFile(config, "utf8"));
  await writeFile(config, JSON.stringify({ ...before, accessLog: false, ...settings }));
  return site;
}
