import { existsSync } from "node:fs";
import { join } from "node:path";
import { listWorkspaces, readJson } from "./workspaces.mjs";

/** @typedef {[string, ...string[]]} Command */

/** @type {Command} */
const DENO = ["npx", "-y", "deno@2.9.6"];
/** @type {Command} */
const BUN = ["npx", "-y", "bun@1.4.5"];

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string} about
 * @property {string[]} [after] steps that must end first, if they are to run
 * @property {Command[]} commands run one after the other, also after a failure
 */

/**
 * The steps of `npm run check`, in the order in which they start.
 *
 * @param {string} root
 * @returns {Step[]}
 */
export function listSteps(root) {
  const workspaces = listWorkspaces(root);
  const bin = (/** @type {string} */ name) => join(root, "node_modules/.bin", name);
  /** @type {(task: string, ...more: string[]) => Command} */
  const turbo = (task, ...more) => [
    bin("turbo"),
    "run",
    task,
    "--continue=dependencies-successful",
    "--output-logs=errors-only",
    ...more,
  ];
  /** @type {(name: string, ...args: string[]) => Command} */
  const script = (name, ...args) => [process.execPath, join(root, "scripts", name), ...args];
  const sources = workspaces
    .filter(({ path }) => existsSync(join(path, "deno.json")))
    .flatMap(({ folder, path }) => {
      const { exports } = readJson(join(path, "deno.json"));
      const files = typeof exports === "string" ? [exports] : Object.values(exports ?? {});
      return files.map((file) => join(folder, file));
    });
  const smoke = "tests/runtimes/smoke.mjs";
  return [
    {
      name: "types",
      about: "tsc: the whole tree, then each package under its own settings",
      commands: [script("check-types.mjs")],
    },
    {
      name: "arrows",
      about: "imports are those of the rules, and the table of docs/architecture.md too",
      commands: [script("check-arrows.mjs"), script("sync-arrows.mjs", "--check")],
    },
    {
      name: "manifests",
      about: "package.json, deno.json and tsup agree",
      commands: [script("check-manifests.mjs")],
    },
    { name: "lint", about: "biome: rules and layout", commands: [[bin("biome"), "ci", "."]] },
    {
      name: "unused",
      about: "knip: no file, export or dependency that nothing uses",
      commands: [[bin("knip"), "--no-progress"]],
    },
    { name: "leftovers", about: "no file names a machine", commands: [script("check-leftovers.mjs")] },
    { name: "changeset", about: "releases can be planned", commands: [script("check-changesets.mjs")] },
    {
      name: "dependencies",
      about: "docs/dependencies.md has every run-time dependency",
      commands: [script("sync-dependencies.mjs", "--check")],
    },
    {
      name: "workflows",
      about: "the workflows of GitHub can be parsed, and the scripts that they name exist",
      commands: [script("check-workflows.mjs")],
    },
    {
      name: "readmes",
      about: "READMEs name every function and option, and their examples and those of docs/ compile",
      commands: [script("check-readmes.mjs")],
    },
    {
      name: "docs",
      about: "the site of docs/ is built; its links lead to pages and headings",
      commands: [script("docs.mjs", "build")],
    },
    {
      name: "api",
      about: "the public types are those of tests/types/api, the HTTP API is that of docs/openapi.json",
      commands: [script("sync-api.mjs", "--check"), script("sync-openapi.mjs", "--check")],
    },
    {
      name: "sizes",
      about: "bundles for a browser and installs, against their limits",
      commands: [script("sizes.mjs")],
    },
    {
      name: "build",
      about: "tsup, every package",
      commands: [turbo("build")],
    },
    {
      name: "deno",
      about: "deno check of every entry, and a dry publication",
      commands: [
        [...DENO, "check", "--no-lock", ...sources],
        [...DENO, "publish", "--dry-run", "--allow-dirty"],
      ],
    },
    {
      name: "package",
      about: "publint and attw on what would be published",
      after: ["build"],
      commands: [turbo("lint:package", "--concurrency=1")],
    },
    {
      name: "runtimes",
      about: "the built packages under Node, Deno and Bun",
      after: ["build", "deno"],
      commands: [
        [process.execPath, smoke],
        // Without the configuration Deno uses the built files, as it does for installed packages.
        [...DENO, "run", "-A", "--no-lock", "--no-config", "--node-modules-dir=manual", smoke],
        [...BUN, "run", smoke],
      ],
    },
  ];
}
