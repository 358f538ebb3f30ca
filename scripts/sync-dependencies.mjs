// Writes the table of docs/dependencies.md from the manifests, the lock file and what is installed; its reasons are
// written by hand. With --releases it asks the registry for the last releases. With --check it only compares.
// node scripts/sync-dependencies.mjs [--check] [--releases] [ROOT]
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { listDependencies } from "./lib/dependencies.mjs";
import {
  DEPENDENCIES_MARKERS,
  incompleteRows,
  readDependenciesTable,
  withDependenciesTable,
} from "./lib/dependencies-table.mjs";
import { firstDifference } from "./lib/difference.mjs";
import { readReleases } from "./lib/releases.mjs";
import { REPOSITORY, report } from "./lib/workspaces.mjs";

const args = process.argv.slice(2);
const root = resolve(args.find((each) => !each.startsWith("--")) ?? REPOSITORY);
const NAME = "docs/dependencies.md";

const before = readFileSync(join(root, NAME), "utf8");
if (readDependenciesTable(before) === undefined) {
  report([`${NAME}: the table has no markers; put these around it: ${DEPENDENCIES_MARKERS.join(" ")}`], "");
} else {
  const dependencies = listDependencies(root);
  const names = dependencies.map(({ name }) => name);
  const releases = args.includes("--releases") ? await readReleases(names, root) : undefined;
  const after = withDependenciesTable(before, dependencies, releases);
  const problems = incompleteRows(after).map((problem) => `${NAME}: ${problem}`);
  if (args.includes("--check")) {
    if (before !== after) problems.push(`${NAME}:${firstDifference(before, after)}; npm run sync writes it.`);
  } else if (before !== after) {
    writeFileSync(join(root, NAME), after);
    console.log(`${NAME}: written.`);
  }
  report(problems, `${NAME}: its ${names.length} dependencies are those of the packages.`);
}
