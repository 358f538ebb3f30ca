// Holds each package.json against its deno.json, its tsup.config.ts and the files that are there.
// node scripts/check-manifests.mjs [ROOT]
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { satisfies } from "./lib/ranges.mjs";
import { tsupEntries } from "./lib/tsup-entries.mjs";
import { listWorkspaces, REPOSITORY, readJson, report } from "./lib/workspaces.mjs";

const CONDITIONS = ["@handlekit/source", "types", "default"];
const PUBLISHED = ["dist", "src", "README.md", "LICENSE"];

const root = resolve(process.argv[2] ?? REPOSITORY);
const rootManifest = readJson(join(root, "package.json"));
const workspaces = listWorkspaces(root);
const versions = new Map(workspaces.map(({ manifest }) => [manifest.name, manifest.version]));
/** @type {string[]} */
const problems = [];

/** @param {unknown} value */
const show = (value) => JSON.stringify(value);

/**
 * @param {string} file
 * @param {string} what
 * @param {unknown} found
 * @param {unknown} wanted
 */
function same(file, what, found, wanted) {
  if (isDeepStrictEqual(found, wanted)) return;
  problems.push(`${file}: ${what} is ${show(found)}; it must be ${show(wanted)}.`);
}

/** @param {import("./lib/workspaces.mjs").Workspace} workspace */
function checkFields({ folder, path, manifest }) {
  const file = `${folder}/package.json`;
  same(file, "license", manifest.license, rootManifest.license);
  same(file, "type", manifest.type, "module");
  same(file, "engines.node", manifest.engines?.node, rootManifest.engines.node);
  same(file, "files", manifest.files, PUBLISHED);
  if (!manifest.description) problems.push(`${file}: no description.`);
  if (folder.startsWith("packages/")) same(file, "sideEffects", manifest.sideEffects, false);
  else if (!("sideEffects" in manifest)) problems.push(`${file}: no sideEffects.`);
  for (const name of ["README.md", "LICENSE"]) {
    if (!existsSync(join(path, name))) problems.push(`${folder}/${name}: missing.`);
  }
  for (const group of ["dependencies", "peerDependencies", "optionalDependencies", "devDependencies"]) {
    for (const [name, range] of Object.entries(manifest[group] ?? {})) {
      const version = versions.get(name);
      if (version === undefined ? name.startsWith("@handlekit/") : !satisfies(version, range)) {
        problems.push(
          `${file}: ${group} ask for ${name} ${range}; here it is ${version ?? "not a package"}.`,
        );
      }
    }
  }
}

/**
 * @param {import("./lib/workspaces.mjs").Workspace} workspace
 * @returns {Record<string, string>} the source file of each subpath
 */
function checkExports({ folder, path, manifest }) {
  const file = `${folder}/package.json`;
  const { "./package.json": self, ...subpaths } = manifest.exports ?? {};
  same(file, 'exports["./package.json"]', self, "./package.json");
  const entries = tsupEntries(join(path, "tsup.config.ts"));
  if (!entries)
    problems.push(`${folder}/tsup.config.ts: missing, or not of the form build({ name: "src/file.ts" }).`);

  /** @type {Record<string, string>} */
  const sources = {};
  const unexported = { ...entries };
  for (const [subpath, target] of Object.entries(subpaths)) {
    const where = `exports[${show(subpath)}]`;
    // The order counts: the first condition that holds is taken.
    same(file, `the order of ${where}`, Object.keys(target), CONDITIONS);
    const source = target["@handlekit/source"] ?? "";
    sources[subpath] = source;
    if (!existsSync(join(path, source)) || source === "")
      problems.push(`${file}: ${where}: no file ${show(source)}.`);
    const entry = /^\.\/dist\/(.+)\.js$/.exec(target.default)?.[1];
    if (entry === undefined) problems.push(`${file}: ${where}: default must be ./dist/NAME.js.`);
    else {
      same(file, `${where}.types`, target.types, `./dist/${entry}.d.ts`);
      if (entries)
        same(`${folder}/tsup.config.ts`, `entry ${show(entry)}`, entries[entry], source.replace("./", ""));
      delete unexported[entry];
    }
  }
  for (const [entry, source] of Object.entries(unexported)) {
    // An app may build files that it starts itself, such as a worker.
    if (folder.startsWith("packages/"))
      problems.push(`${folder}/tsup.config.ts: entry ${show(entry)} is not exported.`);
    else if (!existsSync(join(path, source)))
      problems.push(`${folder}/tsup.config.ts: no file ${show(source)}.`);
  }
  for (const [name, target] of Object.entries(manifest.bin ?? {})) {
    const entry = /^\.\/dist\/(.+)\.js$/.exec(target)?.[1];
    if (!entry || !entries?.[entry])
      problems.push(`${file}: bin ${name} is ${show(target)}, which tsup does not build.`);
  }
  return sources;
}

/**
 * @param {import("./lib/workspaces.mjs").Workspace} workspace
 * @param {Record<string, string>} sources
 */
function checkDeno({ folder, path, manifest }, sources) {
  const file = `${folder}/deno.json`;
  if (!existsSync(join(path, "deno.json"))) {
    problems.push(`${file}: missing.`);
    return;
  }
  const deno = readJson(join(path, "deno.json"));
  for (const field of ["name", "version", "license"]) same(file, field, deno[field], manifest[field]);
  const exported = typeof deno.exports === "string" ? { ".": deno.exports } : deno.exports;
  same(file, "exports", exported, sources);
  for (const name of ["src", "README.md", "LICENSE", "deno.json"]) {
    if (!deno.publish?.include?.includes(name)) problems.push(`${file}: publish.include lacks ${name}.`);
  }
}

for (const workspace of workspaces) {
  checkFields(workspace);
  checkDeno(workspace, checkExports(workspace));
}
const listed = readJson(join(root, "deno.json")).workspace;
for (const { folder } of workspaces) {
  if (!listed.includes(`./${folder}`)) problems.push(`deno.json: workspace lacks ./${folder}.`);
}
for (const name of listed) {
  if (!workspaces.some(({ folder }) => `./${folder}` === name))
    problems.push(`deno.json: ${name} is not a package.`);
}

report(problems, `${workspaces.length} packages: manifests agree.`);
