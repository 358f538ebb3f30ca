// Prints the size of each package: its entries bundled for a browser from the sources, and the third-party packages
// that are installed with it. Fails when one passes a limit of scripts/lib/size-limits.mjs, or a README states another
// size. node scripts/sizes.mjs
import { LIMITS } from "./lib/size-limits.mjs";
import { checkStatedSizes, measureSizes, overLimits } from "./lib/sizes.mjs";
import { REPOSITORY, report } from "./lib/workspaces.mjs";

const sizes = await measureSizes(REPOSITORY);
/** @param {(string | number)[]} cells */
const row = ([name = "", ...cells]) =>
  String(name).padEnd(34) + cells.map((cell) => String(cell).padStart(11)).join("");

console.log(row(["", "minified", "gzipped", "packages", "megabytes"]));
for (const { folder, bundles, foreign, megabytes } of sizes) {
  const [{ minified, gzipped } = { minified: "-", gzipped: "-" }, ...more] = bundles;
  console.log(row([folder, minified, gzipped, foreign.length, megabytes.toFixed(2)]));
  for (const each of more) console.log(row([`  ${each.entry}`, each.minified, each.gzipped]));
}
const problems = [...overLimits(sizes, LIMITS), ...checkStatedSizes(REPOSITORY, sizes)];
report(problems, "Every package is within its limits.");
