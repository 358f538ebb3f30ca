import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { ARROWS, NODE_FILES } from "./arrow-rules.mjs";
import { bytesOf, foreignOf } from "./installed.mjs";
import { entriesOf } from "./type-program.mjs";
import { listWorkspaces } from "./workspaces.mjs";

/**
 * @typedef {object} Size the weight of a package
 * @property {string} folder such as `packages/auth`
 * @property {Bundle[]} bundles its entries for a browser, the main one first; none of a package for Node
 * @property {string[]} foreign the third-party packages that an install brings, by name
 * @property {number} megabytes of these
 *
 * @typedef {object} Bundle
 * @property {string} entry such as `@handlekit/auth/basic`
 * @property {number} minified bytes
 * @property {number} gzipped bytes
 * @property {boolean} undici true if it contains undici, which is for servers only
 *
 * @typedef {import("./workspaces.mjs").Workspace} Workspace
 */

/**
 * @param {string} root
 * @param {string} path the folder of a package
 * @param {string} entry such as `@handlekit/auth/basic`
 * @returns {Promise<Bundle>}
 */
async function bundle(root, path, entry) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export * from "${entry}";`, resolveDir: path },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    conditions: ["@handlekit/source"],
    // Loaded at run time, on Node alone.
    external: ["node:*"],
    logLevel: "silent",
  });
  const bytes = outputFiles[0]?.contents ?? new Uint8Array();
  const undici = Object.keys(metafile.inputs).some((file) => file.startsWith("node_modules/undici/"));
  return { entry, minified: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length, undici };
}

/**
 * @param {string} root
 * @param {Workspace} workspace
 */
function bundlesOf(root, workspace) {
  const { folder, path, manifest } = workspace;
  if (!ARROWS[folder]?.portable) return Promise.resolve([]);
  const isForNode = (/** @type {string} */ file) =>
    NODE_FILES.some((pattern) => pattern.test(`${folder}/${relative(path, file)}`));
  const entries = entriesOf(workspace).filter(({ file }) => !isForNode(file));
  return Promise.all(entries.map(({ subpath }) => bundle(root, path, join(manifest.name, subpath))));
}

/**
 * Measures each package and app: its sources bundled, and the third-party packages that are installed with it.
 *
 * @param {string} root
 * @returns {Promise<Size[]>}
 */
export async function measureSizes(root) {
  const workspaces = listWorkspaces(root);
  const ours = new Map(workspaces.map((workspace) => [workspace.manifest.name, workspace]));
  return Promise.all(
    workspaces.map(async (workspace) => {
      const foreign = foreignOf(root, workspace, ours);
      const bytes = [...foreign.keys()].reduce((sum, folder) => sum + bytesOf(folder), 0);
      return {
        folder: workspace.folder,
        bundles: await bundlesOf(root, workspace),
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
    const { folder, foreign, bundles } = size;
    const limit = limits[folder];
    if (!limit) return [`${folder}: has no row in scripts/lib/size-limits.mjs: add one.`];
    /** @type {[string, number | undefined, number | undefined][]} */
    const figures = [
      ["bytes minified", bundles[0]?.minified, limit.minified],
      ["bytes gzipped", bundles[0]?.gzipped, limit.gzipped],
      ["third-party packages", foreign.length, limit.packages],
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
      ...bundles.filter(({ undici }) => undici).map(({ entry }) => `${entry} brings undici into a browser.`),
    ];
  });
}

const STATED = /`(@handlekit\/[\w/-]+)`(?: has)? (\d+(?:\.\d+)?) kB/g;

/**
 * Compares the sizes that READMEs state, such as "`@handlekit/auth/basic` 2.7 kB", with the gzipped bundles.
 *
 * @param {string} root
 * @param {readonly Size[]} sizes
 * @returns {string[]} problems: figures that are off by more than a tenth
 */
export function checkStatedSizes(root, sizes) {
  const bundles = new Map(
    sizes.flatMap((size) => size.bundles).map((each) => [each.entry, each.gzipped / 1000]),
  );
  return sizes.flatMap(({ folder }) => {
    const file = join(root, folder, "README.md");
    if (!existsSync(file)) return [];
    return [...readFileSync(file, "utf8").matchAll(STATED)].flatMap(([, entry = "", figure]) => {
      const found = bundles.get(entry);
      if (found !== undefined && Math.abs(Number(figure) - found) <= found / 10) return [];
      const is = found === undefined ? "is not measured" : `has ${found.toFixed(1)} kB`;
      return [`${folder}/README.md: says that ${entry} has ${figure} kB; it ${is}.`];
    });
  });
}
