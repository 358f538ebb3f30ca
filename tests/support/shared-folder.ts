import { mkdtemp, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const exists = (path: string) => stat(path).then(Boolean, () => false);

const folders = new Map<string, Promise<string>>();

/**
 * A folder that is made once for all files of a run, in the place that shared-setup.ts makes and removes.
 *
 * @param name of the folder
 * @param make fills an empty folder; the folder is moved afterwards
 */
export function sharedFolder(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = folders.get(name) ?? makeShared(name, make);
  folders.set(name, folder);
  return folder;
}

async function makeShared(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const { HANDLEKIT_TEST_SHARED: place } = process.env;
  if (place === undefined)
    throw new Error("The project of this file has no shared-setup.ts in vitest.config.ts.");
  const folder = join(place, name);
  if (await exists(folder)) return folder;
  const building = await mkdtemp(`${folder}-`);
  await make(building);
  try {
    await rename(building, folder);
  } catch (error) {
    // Another file was first.
    await rm(building, { recursive: true });
    if (!(await exists(folder))) throw error;
  }
  return folder;
}
