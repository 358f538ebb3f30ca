import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

let place: string | undefined;

/** Makes the place of `sharedFolder` before the first file of a run. Vitest calls it once for each project. */
export async function setup(): Promise<void> {
  const { HANDLEKIT_TEST_SHARED } = process.env;
  if (HANDLEKIT_TEST_SHARED !== undefined) return;
  place = await mkdtemp(join(tmpdir(), "handlekit-shared-"));
  Object.assign(process.env, { HANDLEKIT_TEST_SHARED: place });
}

/** Removes it after the last. */
export async function teardown(): Promise<void> {
  if (place !== undefined) await rm(place, { recursive: true, force: true });
}
