// Prints the weight of each package and fails when it passes a limit of scripts/lib/size-limits.mjs: its main entry
// bundled for a browser from the sources, and the packages of others that are installed with it. node scripts/sizes.mjs
import { LIMITS } from "./lib/size-limits.mjs";
import { measureSizes, overLimits } from "./lib/sizes.mjs";
import { REPOSITORY, report } from "./lib/workspaces.mjs";

const sizes = await measureSizes(REPOSITORY);
/** @param {(string | number)[]} cells */
const row = ([name = "", ...cells]) =>
  String(name).padEnd(22) + cells.map((cell) => String(cell).padStart(11)).join("");

console.log(row(["package", "minified", "gzipped", "packages", "megabytes"]));
for (const { folder, minified = "-", gzipped = "-", foreign, megabytes } of sizes) {
  console.log(row([folder, minified, gzipped, foreign.length, megabytes.toFixed(2)]));
}
report(overLimits(sizes, LIMITS), "Every package is within its limits.");
