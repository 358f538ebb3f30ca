import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this repository. */
export const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

/**
 * @typedef {object} Workspace
 * @property {string} folder such as `packages/core`
 * @property {string} path absolute
 * @property {any} manifest its package.json
 */

/** @param {string} file */
export const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

/**
 * Lists the packages and apps, sorted by folder.
 *
 * @param {string} root
 * @returns {Workspace[]}
 */
export function listWorkspaces(root) {
  return ["packages", "apps"].flatMap((group) => {
    const names = existsSync(join(root, group)) ? readdirSync(join(root, group)).sort() : [];
    return names
      .map((name) => ({ folder: `${group}/${name}`, path: resolve(root, group, name) }))
      .filter(({ path }) => existsSync(join(path, "package.json")))
      .map((each) => ({ ...each, manifest: readJson(join(each.path, "package.json")) }));
  });
}

/**
 * Prints the problems that a check found, and sets the exit code.
 *
 * @param {string[]} problems
 * @param {string} good the line to print if there are none
 */
export function report(problems, good) {
  for (const problem of problems) console.log(problem);
  console.log(
    problems.length === 0 ? good : `\n${problems.length} ${problems.length === 1 ? "problem" : "problems"}.`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}
