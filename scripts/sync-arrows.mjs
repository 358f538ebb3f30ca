// Writes the table of docs/architecture.md from scripts/lib/arrow-rules.mjs; with --check only compares.
// node scripts/sync-arrows.mjs [--check] [ROOT]
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ARROWS_MARKERS, withArrowsTable } from "./lib/arrows-table.mjs";
import { firstDifference } from "./lib/difference.mjs";
import { REPOSITORY } from "./lib/workspaces.mjs";

const args = process.argv.slice(2);
const root = resolve(args.find((each) => !each.startsWith("--")) ?? REPOSITORY);
const NAME = "docs/architecture.md";

const before = readFileSync(join(root, NAME), "utf8");
const after = withArrowsTable(before, root);
if (after === undefined) {
  console.log(
    `${NAME}: the table of imports has no markers; put these around it: ${ARROWS_MARKERS.join(" ")}`,
  );
  process.exitCode = 1;
} else if (before === after) {
  console.log(`${NAME}: the table of imports is that of scripts/lib/arrow-rules.mjs.`);
} else if (args.includes("--check")) {
  console.log(`${NAME}:${firstDifference(before, after)}; npm run sync writes it.`);
  process.exitCode = 1;
} else {
  writeFileSync(join(root, NAME), after);
  console.log(`${NAME}: written.`);
}
