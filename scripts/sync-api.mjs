// Writes the public types of each package to tests/types/api/NAME.d.txt, so that a change of them shows in the diff;
// with --check only compares. Fails on optional members that refuse undefined.
// node scripts/sync-api.mjs [--check] [ROOT]
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { apiText } from "./lib/api-text.mjs";
import { firstDifference } from "./lib/difference.mjs";
import { listWorkspaces, REPOSITORY, report } from "./lib/workspaces.mjs";

const args = process.argv.slice(2);
const write = !args.includes("--check");
const root = resolve(args.find((each) => !each.startsWith("--")) ?? REPOSITORY);
const FOLDER = "tests/types/api";
const HOW = "npm run api writes it";

/** @type {string[]} */
const problems = [];
const packages = listWorkspaces(root).filter(({ folder }) => folder.startsWith("packages/"));
if (write) mkdirSync(join(root, FOLDER), { recursive: true });
const left = new Set(existsSync(join(root, FOLDER)) ? readdirSync(join(root, FOLDER)) : []);

for (const workspace of packages) {
  const name = `${basename(workspace.folder)}.d.txt`;
  const file = join(root, FOLDER, name);
  left.delete(name);
  /** @type {string} */
  let text;
  try {
    const api = apiText(workspace);
    text = api.text;
    problems.push(...api.problems);
  } catch (error) {
    problems.push(`${workspace.folder}: ${/** @type {Error} */ (error).message}`);
    continue;
  }
  const before = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  if (before === text) continue;
  if (write) writeFileSync(file, text);
  else if (before === undefined) problems.push(`${FOLDER}/${name}: missing; ${HOW}.`);
  else problems.push(`${FOLDER}/${name}:${firstDifference(before, text)}; ${HOW}.`);
}
for (const name of left) {
  if (write) rmSync(join(root, FOLDER, name));
  else problems.push(`${FOLDER}/${name}: there is no such package; npm run api removes it.`);
}
report(problems, `${packages.length} packages: their public types are those of ${FOLDER}.`);
