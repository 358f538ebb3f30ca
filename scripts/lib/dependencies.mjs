import { join, relative } from "node:path";
import { bytesOf, findInstalled, foreignOf } from "./installed.mjs";
import { listWorkspaces, readJson } from "./workspaces.mjs";

/**
 * @typedef {object} Dependency a third-party package that a published package of ours depends on
 * @property {string} name
 * @property {string} version of the lock file
 * @property {string} licence
 * @property {string[]} users our packages that depend on it, such as `transport`, or `store-sqlite (optional)`
 * @property {number} megabytes of it and of the packages that it brings
 * @property {number} packages it and those that it brings
 */

/** @param {string} folder such as `packages/core` */
const short = (folder) => folder.replace(/^packages\//, "");

/**
 * Lists the run-time dependencies of the published packages, sorted by name.
 *
 * @param {string} root
 * @returns {Dependency[]}
 */
export function listDependencies(root) {
  const workspaces = listWorkspaces(root);
  const ours = new Map(workspaces.map((workspace) => [workspace.manifest.name, workspace]));
  const lock = readJson(join(root, "package-lock.json")).packages;
  /** @type {Map<string, Dependency>} */
  const found = new Map();
  for (const { folder, path, manifest } of workspaces) {
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta = {} } = manifest;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      if (ours.has(name)) continue;
      const user = short(folder) + (peerDependenciesMeta[name]?.optional ? " (optional)" : "");
      const known = found.get(name);
      if (known) {
        known.users.push(user);
        continue;
      }
      const installed = findInstalled(root, path, name);
      if (!installed) throw new Error(`${name}, which ${folder} needs, is not installed: run npm ci.`);
      const locked = lock[relative(root, installed)];
      if (!locked) throw new Error(`${name}, which ${folder} needs, is not in package-lock.json.`);
      const own = { folder: name, path: installed, manifest: readJson(join(installed, "package.json")) };
      const folders = [installed, ...foreignOf(root, own, ours).keys()];
      found.set(name, {
        name,
        version: locked.version,
        licence: locked.license ?? "none",
        users: [user],
        megabytes: folders.reduce((sum, each) => sum + bytesOf(each), 0) / 1e6,
        packages: folders.length,
      });
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
