import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { metadataOf } from "./metadata.mjs";
import { satisfies } from "./ranges.mjs";
import { tsupEntries } from "./tsup-entries.mjs";
import { listWorkspaces, readJson } from "./workspaces.mjs";

const CONDITIONS = ["@handlekit/source", "types", "default"];
const PUBLISHED = ["dist", "src", "README.md", "LICENSE"];
const COMMON_KEYWORD = "handle-system";
const PUBLISHED_TO_DENO = ["src", "README.md", "LICENSE", "deno.json"];

/** @typedef {import("./workspaces.mjs").Workspace} Workspace */

/** @param {unknown} value */
const show = (value) => JSON.stringify(value);

/**
 * The entry that a committed file of `bin/` runs: `main` of a file that imports `../dist/main.js`.
 *
 * @param {string} path of the package
 * @param {unknown} target such as `./bin/hdl.js`
 */
function entryOfBin(path, target) {
  const file = join(path, String(target));
  if (!/^\.\/bin\/[\w-]+\.js$/.test(String(target)) || !existsSync(file)) return undefined;
  return /"\.\.\/dist\/([\w-]+)\.js"/.exec(readFileSync(file, "utf8"))?.[1];
}

/** @param {unknown} target such as `./dist/mod.js` */
const entryOf = (target) => /^\.\/dist\/(.+)\.js$/.exec(String(target))?.[1];

/**
 * @param {string} file
 * @param {string} what
 * @param {unknown} found
 * @param {unknown} wanted
 * @returns {string[]} the difference, if there is one
 */
const differs = (file, what, found, wanted) =>
  isDeepStrictEqual(found, wanted) ? [] : [`${file}: ${what} is ${show(found)}; it must be ${show(wanted)}.`];

/**
 * @param {Workspace} workspace
 * @param {any} shared package.json of the repository
 * @returns {string[]}
 */
function checkFields({ folder, path, manifest }, shared) {
  const file = `${folder}/package.json`;
  const problems = [
    ...differs(file, "license", manifest.license, shared.license),
    ...differs(file, "type", manifest.type, "module"),
    ...differs(file, "engines.node", manifest.engines?.node, shared.engines.node),
    ...differs(file, "files", manifest.files, [...(manifest.bin ? ["bin"] : []), ...PUBLISHED]),
    ...Object.entries(metadataOf(shared, folder)).flatMap(([field, value]) =>
      differs(file, field, manifest[field], value).map((problem) => `${problem} npm run sync writes it.`),
    ),
  ];
  const keywords = manifest.keywords ?? [];
  if (!keywords.includes(COMMON_KEYWORD)) problems.push(`${file}: keywords lack ${show(COMMON_KEYWORD)}.`);
  if (new Set(keywords).size < keywords.length) problems.push(`${file}: keywords has a duplicate.`);
  if (!manifest.description) problems.push(`${file}: no description.`);
  if (folder.startsWith("packages/")) {
    problems.push(...differs(file, "sideEffects", manifest.sideEffects, false));
  } else if (!("sideEffects" in manifest)) {
    problems.push(`${file}: no sideEffects.`);
  }
  for (const name of ["README.md", "LICENSE"]) {
    if (!existsSync(join(path, name))) problems.push(`${folder}/${name}: missing.`);
  }
  return problems;
}

/**
 * @param {Workspace} workspace
 * @param {Map<string, string>} versions of our packages
 * @returns {string[]}
 */
function checkRanges({ folder, manifest }, versions) {
  const groups = ["dependencies", "peerDependencies", "optionalDependencies", "devDependencies"];
  return groups.flatMap((group) =>
    Object.entries(manifest[group] ?? {})
      .filter(([name]) => versions.has(name) || name.startsWith("@handlekit/"))
      .filter(([name, range]) => !satisfies(versions.get(name) ?? "", String(range)))
      .map(([name, range]) => {
        const here = versions.get(name) ?? "not a package";
        return `${folder}/package.json: ${group} ask for ${name} ${range}; here it is ${here}.`;
      }),
  );
}

/**
 * @param {Workspace} workspace
 * @returns {string[]}
 */
function checkExports({ folder, path, manifest }) {
  const file = `${folder}/package.json`;
  const tsup = `${folder}/tsup.config.ts`;
  const { "./package.json": self, ...subpaths } = manifest.exports ?? {};
  const problems = differs(file, 'exports["./package.json"]', self, "./package.json");
  const entries = tsupEntries(join(path, "tsup.config.ts"));
  if (!entries) problems.push(`${tsup}: missing, or not of the form build({ name: "src/file.ts" }).`);

  const unexported = { ...entries };
  for (const [subpath, target] of Object.entries(subpaths)) {
    const where = `exports[${show(subpath)}]`;
    // The order matters: the first matching condition is used.
    problems.push(...differs(file, `the order of ${where}`, Object.keys(target), CONDITIONS));
    const source = target["@handlekit/source"] ?? "";
    if (source === "" || !existsSync(join(path, source)))
      problems.push(`${file}: ${where}: no file ${show(source)}.`);
    const entry = entryOf(target.default);
    if (entry === undefined) {
      problems.push(`${file}: ${where}: default must be ./dist/NAME.js.`);
      continue;
    }
    problems.push(...differs(file, `${where}.types`, target.types, `./dist/${entry}.d.ts`));
    if (entries)
      problems.push(...differs(tsup, `entry ${show(entry)}`, entries[entry], source.replace("./", "")));
    delete unexported[entry];
  }
  for (const [entry, source] of Object.entries(unexported)) {
    // An app may also build files that it starts itself, such as a worker.
    // A thread is started by its file, not imported.
    if (folder.startsWith("packages/") && entry !== "worker")
      problems.push(`${tsup}: entry ${show(entry)} is not exported.`);
    else if (!existsSync(join(path, source))) problems.push(`${tsup}: no file ${show(source)}.`);
  }
  for (const [name, target] of Object.entries(manifest.bin ?? {})) {
    const entry = entryOfBin(path, target);
    if (entry === undefined) {
      problems.push(
        `${file}: bin ${name} is ${show(target)}; it must be ./bin/NAME.js, which imports "../dist/ENTRY.js".`,
      );
    } else if (!entries?.[entry]) {
      problems.push(`${file}: bin ${name} imports "../dist/${entry}.js", which tsup does not build.`);
    }
  }
  return problems;
}

/**
 * @param {Workspace} workspace
 * @returns {string[]}
 */
function checkDeno({ folder, path, manifest }) {
  const file = `${folder}/deno.json`;
  if (!existsSync(join(path, "deno.json"))) return [`${file}: missing.`];
  const deno = readJson(join(path, "deno.json"));
  const { "./package.json": _, ...subpaths } = manifest.exports ?? {};
  const sources = Object.entries(subpaths).map(([subpath, target]) => [subpath, target["@handlekit/source"]]);
  // For Deno, an app without exports is the file that its command runs.
  const command = tsupEntries(join(path, "tsup.config.ts"))?.[
    entryOfBin(path, Object.values(manifest.bin ?? {})[0]) ?? ""
  ];
  if (sources.length === 0 && command) sources.push([".", `./${command}`]);
  const exported = typeof deno.exports === "string" ? { ".": deno.exports } : deno.exports;
  return [
    ...["name", "version", "license"].flatMap((field) => differs(file, field, deno[field], manifest[field])),
    ...differs(file, "exports", exported, Object.fromEntries(sources)),
    ...PUBLISHED_TO_DENO.filter((name) => !deno.publish?.include?.includes(name)).map(
      (name) => `${file}: publish.include lacks ${name}.`,
    ),
  ];
}

/**
 * Checks each package.json against that of the repository, its deno.json, its tsup.config.ts and the files on disk.
 *
 * @param {string} root
 * @returns {{ packages: number, problems: string[] }}
 */
export function checkManifests(root) {
  const shared = readJson(join(root, "package.json"));
  const workspaces = listWorkspaces(root);
  const versions = new Map(workspaces.map(({ manifest }) => [manifest.name, manifest.version]));
  const problems = workspaces.flatMap((workspace) => [
    ...checkFields(workspace, shared),
    ...checkRanges(workspace, versions),
    ...checkExports(workspace),
    ...checkDeno(workspace),
  ]);
  const folders = workspaces.map(({ folder }) => `./${folder}`);
  /** @type {string[]} */
  const listed = readJson(join(root, "deno.json")).workspace;
  for (const each of folders.filter((name) => !listed.includes(name))) {
    problems.push(`deno.json: workspace lacks ${each}.`);
  }
  for (const each of listed.filter((name) => !folders.includes(name))) {
    problems.push(`deno.json: ${each} is not a package.`);
  }
  return { packages: workspaces.length, problems };
}
