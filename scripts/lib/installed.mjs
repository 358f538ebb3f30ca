import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { readJson } from "./workspaces.mjs";

/** @typedef {import("./workspaces.mjs").Workspace} Workspace */

/**
 * The folder that a package resolves a dependency to, as Node does.
 *
 * @param {string} root
 * @param {string} from folder of the package that depends
 * @param {string} name
 * @returns {string | undefined}
 */
export function findInstalled(root, from, name) {
  const top = resolve(root);
  for (let folder = from; folder.startsWith(top); folder = join(folder, "..")) {
    const found = join(folder, "node_modules", name);
    if (existsSync(join(found, "package.json"))) return found;
  }
  return undefined;
}

/**
 * The folders of the third-party packages that an install of a package brings.
 *
 * @param {string} root
 * @param {Workspace} workspace
 * @param {ReadonlyMap<string, Workspace>} ours by name
 */
export function foreignOf(root, workspace, ours) {
  /** @type {Map<string, string>} name by folder */
  const found = new Map();
  /** @type {Set<string>} */
  const seen = new Set();
  /** @param {string} path @param {any} manifest */
  const follow = (path, manifest) => {
    if (seen.has(path)) return;
    seen.add(path);
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta = {} } = manifest;
    const peers = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta[name]?.optional);
    for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
      const own = ours.get(name);
      if (own) {
        follow(own.path, own.manifest);
        continue;
      }
      const folder = findInstalled(root, path, name);
      // Of packages for one platform each, only that for this machine is installed.
      if (!folder && optionalDependencies && name in optionalDependencies) continue;
      if (!folder) throw new Error(`${name}, which ${path} needs, is not installed: run npm ci.`);
      found.set(folder, name);
      follow(folder, readJson(join(folder, "package.json")));
    }
  };
  follow(workspace.path, workspace.manifest);
  return found;
}

/**
 * Bytes of the files of a package, without the packages installed below it.
 *
 * @param {string} folder
 * @returns {number}
 */
export function bytesOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? sum : sum + bytesOf(path);
    return entry.isFile() ? sum + statSync(path).size : sum;
  }, 0);
}
