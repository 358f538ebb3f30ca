const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "is in a directory that does not exist",
  ENOTDIR: "is in a directory that does not exist",
  EACCES: "this user may not write",
  EPERM: "this user may not write",
  EROFS: "is on a file system that cannot be written",
  ENOSPC: "does not fit on the disk",
  ENAMETOOLONG: "is too long for a path",
};

async function whatIsThere(path: string): Promise<string | undefined> {
  const { lstat } = await import("node:fs/promises");
  const status = await lstat(path).catch(() => undefined);
  if (status === undefined || status.isFile()) return undefined;
  if (status.isSymbolicLink())
    return "is a symbolic link: give the path of the file it leads to, or remove it";
  return status.isDirectory() ? "is a directory, not a file" : "is not a regular file";
}

async function syncDirectory(path: string): Promise<void> {
  const { open } = await import("node:fs/promises");
  try {
    const directory = await open(path, "r");
    await directory.sync().finally(() => directory.close());
  } catch {
    // Not every system lets a directory be opened; the file itself is on the disk.
  }
}

/**
 * Puts a file that only its owner may read in the place of another, whole or not at all: who reads meanwhile sees the
 * old content or the new. A symbolic link is never followed nor replaced.
 *
 * @param path absolute
 * @returns why it could not be written, to follow "which"; undefined when it was
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<string | undefined> {
  const { open, rename, rm } = await import("node:fs/promises");
  const { dirname, join } = await import("node:path");
  const obstacle = await whatIsThere(path);
  if (obstacle !== undefined) return obstacle;
  const temporary = join(dirname(path), `.handlekit-${crypto.randomUUID()}.tmp`);
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    return PROBLEMS[code] ?? `cannot be written (${code})`;
  }
  await syncDirectory(dirname(path));
  return undefined;
}
