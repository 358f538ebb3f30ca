import { copyFile, mkdir, open, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { invalidValue, printable } from "@handlekit/core";
import { syncDirectory } from "@handlekit/core/journal-file";
import { assertEmpty, placeDirectory } from "../new-directory.ts";
import { readSettings } from "../read-settings.ts";
import { namedFiles, writeFailure } from "./backup.ts";
import { type BackupManifest, digestFile, readManifest } from "./manifest.ts";

const OTHER = "Use another copy of the backup; nothing was restored.";

/** Copies one file of a backup and checks the copy. */
async function copyChecked(
  from: string,
  to: string,
  name: string,
  expected: BackupManifest["files"][string],
): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await copyFile(from, to).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw cause;
    throw invalidValue(`The backup is damaged: ${printable(name)} is missing.`, OTHER);
  });
  const file = await open(to, "r+");
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
  const { bytes, sha256 } = await digestFile(to);
  if (bytes === expected.bytes && sha256 === expected.sha256) return;
  throw invalidValue(`The backup is damaged: ${printable(name)} is not as it was written.`, OTHER);
}

/** Returns what the operator of a restored directory must know: its settings name files that are not in it. */
async function warnings(directory: string, { store }: BackupManifest): Promise<string[]> {
  const settings = await readSettings(directory, {}, {});
  const found: string[] = [];
  const at = resolve(directory, settings.store);
  if (at !== resolve(directory, store)) {
    found.push(
      `Its config.json names another store, ${printable(at)}: set "store" to ${JSON.stringify(store)} before you start it.`,
    );
  }
  for (const path of namedFiles(settings)) {
    const file = resolve(directory, path);
    if ((await stat(file).catch(() => undefined)) === undefined) {
      found.push(`Its settings name ${printable(file)}, which is not in the backup.`);
    }
  }
  return found;
}

/**
 * Makes a data directory of a backup. It is built under a temporary name, and has its own once the digest of each file
 * is that of the manifest.
 *
 * @param target the data directory, which must not exist or be empty
 * @returns the manifest, and what the operator must do before the server is started
 * @throws HandleError `invalid_options` if the target is not empty or cannot be written, or the directory is no backup;
 *   `invalid_value` if the backup is damaged; the reason of the signal. Nothing is left then
 */
export async function restoreBackup(
  backup: string,
  target: string,
  signal: AbortSignal,
): Promise<{ readonly manifest: BackupManifest; readonly warnings: readonly string[] }> {
  const directory = resolve(target);
  const manifest = await readManifest(backup);
  await assertEmpty(directory);
  const building = `${directory}.partial-${process.pid}`;
  try {
    await rm(building, { recursive: true, force: true });
    await mkdir(building, { mode: 0o700 });
    for (const [name, expected] of Object.entries(manifest.files)) {
      signal.throwIfAborted();
      await copyChecked(join(backup, name), join(building, name), name, expected);
      await syncDirectory(dirname(join(building, name)));
    }
    await placeDirectory(building, directory);
  } catch (error) {
    await rm(building, { recursive: true, force: true }).catch(() => {});
    throw writeFailure(directory, error);
  }
  return { manifest, warnings: await warnings(directory, manifest) };
}
