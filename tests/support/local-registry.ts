import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

/** A registry on this computer. */
export interface LocalRegistry {
  readonly url: string;
  close(): Promise<void>;
}

interface RegistryLibrary {
  packOurs(root: string, folder: string): Promise<readonly { readonly file: string }[]>;
  startRegistry(tarballs: readonly string[]): Promise<LocalRegistry>;
}

/** Packs the packages of others that the programs need, as they are installed here. */
async function packForeign(folder: string): Promise<readonly string[]> {
  const flags = ["--parseable", "--all", "--omit=dev", "--workspace=apps/cli", "--workspace=apps/server"];
  const { stdout } = await run("npm", ["ls", ...flags], { cwd: REPOSITORY, maxBuffer: 2 ** 26 });
  const folders = new Set(stdout.split("\n").filter((path) => /node_modules(?!.@handlekit)/.test(path)));
  return Promise.all(
    [...folders].map(async (from, at) => {
      const file = join(folder, `${at}.tgz`);
      const name = "s,^\\.,package,";
      await run("tar", ["-czf", file, "--exclude=./node_modules", `--transform=${name}`, "-C", from, "."]);
      return file;
    }),
  );
}

/**
 * Starts a registry that has our packages, packed as for publication, and those of others that they need, as they are
 * installed here: an installation from it needs no network.
 *
 * @param folder for the tarballs
 */
export async function startLocalRegistry(folder: string): Promise<LocalRegistry> {
  const file = join(REPOSITORY, "scripts/lib/registry.mjs");
  const { packOurs, startRegistry } = (await import(/* @vite-ignore */ file)) as RegistryLibrary;
  const ours = await packOurs(REPOSITORY, folder);
  return startRegistry([...ours.map((packed) => packed.file), ...(await packForeign(folder))]);
}
