import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hdlServer } from "./hdl.ts";
import { createSite, type Site } from "./site.ts";

/** Makes a site whose records are in a database. Its server is stopped. */
export async function createDatabaseSite(
  store: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Site> {
  const site = await createSite();
  await site.server.stop();
  const file = join(site.folder, "handles.jsonl");
  const config = join(site.directory, "config.json");
  const run = async (...args: readonly string[]) => {
    const { code, stderr } = await hdlServer(...args);
    if (code !== 0) throw new Error(stderr);
  };
  await run("export", site.directory, "--output", file);
  const before = JSON.parse(await readFile(config, "utf8"));
  await writeFile(config, JSON.stringify({ ...before, accessLog: false, ...settings, store }));
  await run("import", site.directory, file);
  return site;
}
