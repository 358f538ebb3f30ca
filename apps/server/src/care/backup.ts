import { mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { HandleError, isHandleError, printable } from "@handlekit/core";
import { syncDirectory } from "@handlekit/core/journal-file";
import { backupSqlite } from "@handlekit/store-sqlite";
import { assertEmpty, placeDirectory } from "../new-directory.ts";
import type { Settings } from "../settings.ts";
import { type BackupManifest, digestFile, MANIFEST } from "./manifest.ts";

/** A backup to be made. */
export interface BackupJob {
  /** The data directory. */
  readonly directory: string;
  readonly settings: Settings;
  /** The directory of the backup, which must not exist or be empty. */
  readonly target: string;
  /** The version of hdl-server. */
  readonly version: string;
  readonly signal: AbortSignal;
}

/** Files that `init` and `serve` create under fixed names. */
const FIXED = [
  "config.json",
  "session.key",
  "admin-certificate.pem",
  "admin-key.pem",
  "credentials-password.json",
  "credentials-certificate.json",
];

/** The path of a file below the data directory, with slashes; undefined if it is elsewhere. */
export function nameIn(directory: string, path: string): string | undefined {
  const name = relative(resolve(directory), resolve(directory, path));
  if (name === "" || isAbsolute(name) || name.split(sep)[0] === "..") return undefined;
  return name.split(sep).join("/");
}

/** Returns the paths of the files that the settings name, beside the store. */
export function namedFiles(settings: Settings): string[] {
  const { tlsCertificate, tlsKey, ardcPrefix, ardcKey, searchUser, searchPasswordFile } = settings;
  return [
    tlsCertificate,
    tlsKey,
    ...(ardcPrefix === undefined ? [] : [ardcKey]),
    ...(searchUser === undefined ? [] : [searchPasswordFile]),
  ];
}

/** Writes a new file that only its owner can read. Resolves once it is durable. */
async function writeDurable(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Copies a file. Resolves to false if it does not exist. */
async function copyDurable(from: string, to: string): Promise<boolean> {
  try {
    await writeDurable(to, await readFile(from));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

async function fill(job: BackupJob, building: string): Promise<BackupManifest> {
  const { directory, settings, version, signal } = job;
  const time = new Date().toISOString();
  const store = nameIn(directory, settings.store) ?? "store.sqlite";
  await mkdir(dirname(join(building, store)), { recursive: true, mode: 0o700 });
  const { audit } = await backupSqlite({
    file: resolve(directory, settings.store),
    target: join(building, store),
  });
  const names = [...FIXED, ...namedFiles(settings).map((path) => nameIn(directory, path))];
  const files: BackupManifest["files"] = {};
  files[store] = await digestFile(join(building, store));
  for (const name of new Set(names)) {
    signal.throwIfAborted();
    if (name === undefined || name === store) continue;
    const copy = join(building, name);
    if (await copyDurable(join(directory, name), copy)) files[name] = await digestFile(copy);
  }
  const folders = new Set(Object.keys(files).map((name) => dirname(join(building, name))));
  for (const folder of folders) await syncDirectory(folder);
  const manifest: BackupManifest = {
    format: "handlekit-backup",
    version: 1,
    time,
    server: version,
    audit,
    store,
    files,
  };
  await writeDurable(join(building, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  await syncDirectory(building);
  return manifest;
}

/** The error for a directory that cannot be written. */
export function writeFailure(directory: string, cause: unknown): unknown {
  if (isHandleError(cause) || !(cause instanceof Error && "code" in cause)) return cause;
  return new HandleError("invalid_options", {
    message: `${printable(directory)} cannot be written: ${cause.message}.`,
    hint: "Check that its parent directory exists, that this process may write there, and that the disk is not full.",
    cause,
  });
}

/**
 * Copies a data directory, whose server may be running: the store as it is at one moment, with everything that was
 * answered before, its settings and its keys. The copy is built under a temporary name, and has its own once it is
 * complete and on the disk.
 *
 * @returns the manifest, and the files that the settings name and the backup does not have, because they are elsewhere
 * @throws HandleError `invalid_options` if the target is not empty or cannot be written, `store_failed` if the store
 *   cannot be read; the reason of the signal. Nothing is left then
 */
export async function createBackup(
  job: BackupJob,
): Promise<{ readonly manifest: BackupManifest; readonly left: readonly string[] }> {
  const { directory, settings, signal } = job;
  const target = resolve(job.target);
  await assertEmpty(target);
  const building = `${target}.partial-${process.pid}`;
  try {
    await rm(building, { recursive: true, force: true });
    await mkdir(building, { mode: 0o700 });
    const manifest = await fill(job, building);
    signal.throwIfAborted();
    await placeDirectory(building, target);
    const left = namedFiles(settings).filter((path) => nameIn(directory, path) === undefined);
    return { manifest, left };
  } catch (error) {
    await rm(building, { recursive: true, force: true }).catch(() => {});
    throw writeFailure(target, error);
  }
}
