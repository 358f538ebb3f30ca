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
 * @property {string[]} [after] steps that must have ended before, when they run at all
 * @property {Command[]} commands run one after the other, all of them, whatever fails
 */

/**
 * The steps of `npm run check`, in the order in which they are begun.
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
  /** @type {(name: string) => Command} */
  const script = (name) => [process.execPath, join(root, "scripts", name)];
  const projects = [
    "tsconfig.json",
    "scripts/tsconfig.json",
    ...workspaces.map(({ folder }) => `${folder}/tsconfig.json`),
  ];
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
      commands: projects.map((project) => [bin("tsc"), "-p", project, "--noEmit"]),
    },
    { name: "arrows", about: "who imports whom", commands: [script("check-arrows.mjs")] },
    {
      name: "manifests",
      about: "package.json, deno.json and tsup agree",
      commands: [script("check-manifests.mjs")],
    },
    { name: "lint", about: "biome: rules and layout", commands: [[bin("biome"), "ci", "."]] },
    { name: "leftovers", about: "no file names a machine", commands: [script("check-leftovers.mjs")] },
    { name: "changeset", about: "releases can be planned", commands: [script("check-changesets.mjs")] },
    {
      name: "sizes",
      about: "bundles for a browser, without undici",
      after: ["build"],
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
        // Without the configuration, Deno takes what is built, as whoever installed the packages does.
        [...DENO, "run", "-A", "--no-lock", "--no-config", "--node-modules-dir=manual", smoke],
        [...BUN, "run", smoke],
      ],
    },
  ];
}
