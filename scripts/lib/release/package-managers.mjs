import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCaptured } from "../run-captured.mjs";
import { fetchProgram, PNPM } from "./programs.mjs";

/**
 * @typedef {object} PackageManager
 * @property {string} name
 * @property {(folder: string, packages: readonly string[]) => Promise<void>} add installs packages into a folder,
 *   which is created; throws with what was printed
 */

/**
 * npm and pnpm, which take packages from a registry on this computer, into caches of this run: what was published there
 * before, under the same versions, is something else.
 *
 * @param {{ registry: string, folder: string }} options folder for the caches
 * @returns {Readonly<Record<"npm" | "pnpm", () => Promise<PackageManager>>>}
 */
export function packageManagers({ registry, folder }) {
  /** @param {string} name @param {[string, ...string[]]} command @returns {PackageManager} */
  const manager = (name, command) => ({
    name,
    async add(project, packages) {
      await mkdir(project, { recursive: true });
      const manifest = join(project, "package.json");
      if (!existsSync(manifest)) await writeFile(manifest, '{ "private": true, "type": "module" }\n');
      const { good, output } = await runCaptured([...command, ...packages], {
        cwd: project,
        env: { ...process.env, npm_config_registry: registry, npm_config_update_notifier: "false", CI: "1" },
      });
      if (!good)
        throw new Error(`${name} could not install ${packages.join(" ")}: ${output.trim().slice(-1500)}`);
    },
  });
  const quiet = ["--no-audit", "--no-fund", "--loglevel", "error"];
  return {
    npm: async () => manager("npm", ["npm", "install", "--cache", join(folder, "npm"), ...quiet]),
    async pnpm() {
      const stores = [
        `--store-dir=${join(folder, "pnpm")}`,
        `--config.cache-dir=${join(folder, "pnpm-cache")}`,
      ];
      return manager("pnpm", [await fetchProgram(PNPM), "add", "--reporter=append-only", ...stores]);
    },
  };
}
