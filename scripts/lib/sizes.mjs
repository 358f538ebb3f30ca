import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { ARROWS } from "./arrow-rules.mjs";
import { listWorkspaces, readJson } from "./workspaces.mjs";

/**
 * @typedef {object} Size the weight of a package
 * @property {string} folder such as `packages/auth`
 * @property {number} [minified] bytes of its main entry for a browser; only of portable packages
 * @property {number} [gzipped]
 * @property {boolean} [undici] true when that entry brings undici, which is for servers only
 * @property {string[]} foreign the packages of others that an install brings, by name
 * @property {number} megabytes of these
 *
 * @typedef {import("./workspaces.mjs").Workspace} Workspace
 */

/**
 * The folder that a package resolves a dependency to, as Node does.
 *
 * @param {string} root
 * @param {string} from folder of the package that depends
 * @param {string} name
 * @returns {string | undefined}
 */
function findInstalled(root, from, name) {
  const top = resolve(root);
  for (let folder = from; folder.startsWith(top); folder = join(folder, "..")) {
    const found = join(folder, "node_modules", name);
    if (existsSync(join(found, "package.json"))) return found;
  }
  return undefined;
}

/**
 * The folders of the packages of others that an install of a package brings.
 *
 * @param {string} root
 * @param {Workspace} workspace
 * @param {ReadonlyMap<string, Workspace>} ours by name
 */
function foreignOf(root, workspace, ours) {
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
function bytesOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? sum : sum + bytesOf(path);
    return entry.isFile() ? sum + statSync(path).size : sum;
  }, 0);
}

/**
 * @param {string} root
 * @param {Workspace} workspace
 */
async function bundle(root, { path, manifest }) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export * from "${manifest.name}";`, resolveDir: path },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    conditions: ["@handlekit/source"],
    logLevel: "silent",
  });
  const bytes = outputFiles[0]?.contents ?? new Uint8Array();
  const undici = Object.keys(metafile.inputs).some((file) => file.startsWith("node_modules/undici/"));
  return { minified: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length, undici };
}

/**
 * Measures each package and app: its sources bundled, and the packages of others that are installed with it.
 *
 * @param {string} root
 * @returns {Promise<Size[]>}
 */
export async function measureSizes(root) {
  const workspaces = listWorkspaces(root);
  const ours = new Map(workspaces.map((workspace) => [workspace.manifest.name, workspace]));
  return Promise.all(
    workspaces.map(async (workspace) => {
      const portable = ARROWS[workspace.folder]?.portable === true;
      const foreign = foreignOf(root, workspace, ours);
      const bytes = [...foreign.keys()].reduce((sum, folder) => sum + bytesOf(folder), 0);
      return {
        folder: workspace.folder,
        ...(portable ? await bundle(root, workspace) : {}),
        foreign: [...foreign.values()].sort(),
        megabytes: bytes / 1e6,
      };
    }),
  );
}

/**
 * The limits that sizes pass.
 *
 * @param {readonly Size[]} sizes
 * @param {Readonly<Record<string, import("./size-limits.mjs").Limit>>} limits
 * @returns {string[]} problems
 */
export function overLimits(sizes, limits) {
  return sizes.flatMap((size) => {
    const { folder, foreign } = size;
    const limit = limits[folder];
    if (!limit) return [`${folder}: has no row in scripts/lib/size-limits.mjs: add one.`];
    /** @type {[string, number | undefined, number | undefined][]} */
    const figures = [
      ["bytes minified", size.minified, limit.minified],
      ["bytes gzipped", size.gzipped, limit.gzipped],
      ["packages of others", foreign.length, limit.packages],
      ["megabytes installed", size.megabytes, limit.megabytes],
    ];
    const passed = figures
      .filter(([, found, most]) => found !== undefined && !(found <= (most ?? 0)))
      .map(([what, found, most]) => {
        const figure = Number(found?.toFixed(2));
        return `${folder}: ${figure} ${what}; the limit in scripts/lib/size-limits.mjs is ${most ?? "missing"}.`;
      });
    const more = limit.only ? foreign.filter((name) => !limit.only?.includes(name)) : [];
    return [
      ...passed,
      ...more.map((name) => `${folder}: brings ${name}; it may bring ${limit.only?.join(", ")}.`),
      ...(size.undici ? [`${folder}: its entry brings undici into a browser.`] : []),
    ];
  });
}
