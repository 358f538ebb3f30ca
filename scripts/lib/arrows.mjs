import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, relative, resolve } from "node:path";
import { ARROWS, matchesArrow, NODE_FILES, NODE_GLOBALS, TESTS_NEVER } from "./arrow-rules.mjs";
import { findCycles } from "./cycles.mjs";
import { readSource } from "./read-source.mjs";
import { hasNoRoom, refusedByRooms } from "./rooms.mjs";
import { listWorkspaces, readJson } from "./workspaces.mjs";

const SOURCE = /\.[cm]?[jt]sx?$/;
const CONFIG = /\.config\.ts$/;

/**
 * @typedef {object} Place the place of an import
 * @property {string} folder such as `packages/core`
 * @property {string} path of the package, absolute
 * @property {string} name of the package
 * @property {string} file absolute
 * @property {string} inPackage the file, such as `src/mod.ts`
 * @property {boolean} isTest
 * @property {boolean} portable true for a source of a portable package
 * @property {boolean} nodeFile true for a portable source that may load node: modules
 * @property {Record<string, string>} declared the dependencies that it may import
 */

/** @param {string} specifier such as `@scope/name/sub/path` */
const packageName = (specifier) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

/**
 * @param {string} folder
 * @returns {string[]} the source files under it, absolute
 */
function sources(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && SOURCE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * The file that a relative import names, such as `src/mod.ts`.
 *
 * @param {Pick<Place, "path" | "file">} place
 * @param {string} specifier
 */
const targetOf = ({ path, file }, specifier) => relative(path, resolve(file, "..", specifier));

/**
 * The reason why the rules refuse an import of one of our packages by another; undefined if they allow it.
 *
 * @param {Place} place
 * @param {string} specifier
 */
function refusedByTable({ folder, inPackage }, specifier) {
  const { imports = [], onlyFrom } = ARROWS[folder] ?? {};
  const pattern = imports.find((each) => matchesArrow(specifier, each));
  if (!pattern) {
    return `${folder} may import ${imports.length === 0 ? "none of our packages" : imports.join(", ")}`;
  }
  const only = onlyFrom?.[pattern];
  return only && !only.test(inPackage) ? `${folder} may import ${pattern} only from ${only}` : undefined;
}

/**
 * @param {Place} place
 * @param {string} specifier
 * @param {import("./read-source.mjs").Import["kind"]} kind
 * @returns {string | undefined} the rule that the import breaks
 */
function refused(place, specifier, kind) {
  const { folder, inPackage, isTest, portable, nodeFile, declared } = place;
  if (specifier.startsWith(".")) {
    const target = targetOf(place, specifier);
    if (target.startsWith("..")) return "a relative import stays within its package";
    if (isTest) return undefined;
    return target.startsWith("src") ? refusedByRooms(folder, inPackage, target) : "src imports only src";
  }
  if (/^(node|bun):/.test(specifier)) {
    if (!portable) return undefined;
    if (!nodeFile) return `${folder} is portable, and this is not one of its files for Node`;
    return kind === "static"
      ? "a portable package loads it by a dynamic import, or by import type"
      : undefined;
  }
  if (isBuiltin(specifier)) return `write node:${specifier}`;
  if (/^[a-z]+:|^\//.test(specifier)) return "import packages by name";

  const name = packageName(specifier);
  const ours = name.startsWith("@handlekit/");
  if (name === place.name) return isTest ? undefined : "a package imports itself by relative path";
  if (ours && isTest) {
    return TESTS_NEVER[folder]?.includes(name)
      ? "a test of both client and service belongs in tests/"
      : undefined;
  }
  const why = ours ? refusedByTable(place, specifier) : undefined;
  return why ?? (name in declared ? undefined : `${name} is not in the dependencies of ${folder}`);
}

/**
 * @param {import("./workspaces.mjs").Workspace} workspace
 * @param {Record<string, string>} shared the development dependencies of the repository
 * @param {readonly import("./workspaces.mjs").Workspace[]} workspaces
 * @returns {{ files: number, problems: string[] }}
 */
function checkWorkspace({ folder, path, manifest }, shared, workspaces) {
  const rule = ARROWS[folder];
  if (!rule) {
    return { files: 0, problems: [`${folder}: has no row in scripts/lib/arrow-rules.mjs: add one.`] };
  }
  const { name, dependencies, peerDependencies, optionalDependencies, devDependencies } = manifest;
  const declared = { ...dependencies, ...peerDependencies, ...optionalDependencies };
  const declaredForTests = { ...declared, ...devDependencies, ...shared };
  /** @type {string[]} */
  const problems = [];
  /** @type {Set<string>} */
  const used = new Set();
  /** @type {Map<string, string[]>} */
  const graph = new Map();

  const files = [...sources(join(path, "src")), ...sources(join(path, "test"))];
  for (const file of files) {
    const inPackage = relative(path, file);
    const isTest = inPackage.startsWith("test");
    const portable = rule.portable === true && !isTest;
    const nodeFile = NODE_FILES.some((pattern) => pattern.test(`${folder}/${inPackage}`));
    const place = { folder, path, name, file, inPackage, isTest, portable, nodeFile };
    const facts = readSource(file, readFileSync(file, "utf8"), portable && !nodeFile ? NODE_GLOBALS : []);

    /** @param {number} line @param {string} what */
    const problem = (line, what) => problems.push(`${folder}/${inPackage}:${line}: ${what}.`);
    if (!isTest && hasNoRoom(folder, inPackage)) {
      problems.push(
        `${folder}/${inPackage}: is in no room of scripts/lib/arrow-rules.mjs: move it into one.`,
      );
    }
    for (const line of facts.starExports) problem(line, "export *: name each export");
    if (!CONFIG.test(file)) {
      for (const line of facts.defaultExports) problem(line, "default export: give it a name");
    }
    for (const each of facts.globals)
      problem(each.line, `${each.name} is a Node global, and ${folder} is portable`);
    /** @type {string[]} */
    const targets = [];
    if (!isTest) graph.set(inPackage, targets);
    for (const { specifier, line, kind } of facts.imports) {
      if (specifier === undefined) {
        problem(line, "an import of something that is not a literal, which cannot be checked");
        continue;
      }
      if (!isTest) used.add(packageName(specifier));
      if (specifier.startsWith(".")) targets.push(targetOf(place, specifier));
      const why = refused({ ...place, declared: isTest ? declaredForTests : declared }, specifier, kind);
      if (why) problem(line, `${name} -> ${specifier}: ${why}`);
    }
  }
  for (const cycle of findCycles(graph)) {
    problems.push(`${folder}/src: import cycle: ${cycle.join(" -> ")}.`);
  }
  // What a dependency of ours takes as an optional peer is declared for it.
  for (const { manifest: other } of workspaces) {
    if (other.name in declared) for (const peer of Object.keys(other.peerDependencies ?? {})) used.add(peer);
  }
  for (const each of Object.keys(declared)) {
    if (!used.has(each))
      problems.push(`${folder}/package.json: ${each} is declared and src never imports it.`);
  }
  return { files: files.length, problems };
}

/**
 * Checks every import of every package against the rules, and looks for import cycles within each package.
 *
 * @param {string} root
 * @returns {{ files: number, problems: string[] }}
 */
export function checkArrows(root) {
  const { devDependencies = {} } = readJson(join(root, "package.json"));
  const workspaces = listWorkspaces(root);
  const results = workspaces.map((workspace) => checkWorkspace(workspace, devDependencies, workspaces));
  return {
    files: results.reduce((sum, { files }) => sum + files, 0),
    problems: results.flatMap(({ problems }) => problems),
  };
}
