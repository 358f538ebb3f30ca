// Plans the releases from the changesets, as `changeset version` does; fails if that is not possible. Unlike
// `changeset status` it needs no base branch.
// node scripts/check-changesets.mjs [ROOT]
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { REPOSITORY } from "./lib/workspaces.mjs";

const cli = createRequire(createRequire(import.meta.url).resolve("@changesets/cli/package.json"));
const { default: getReleasePlan } = cli("@changesets/get-release-plan");

try {
  const { changesets, releases } = await getReleasePlan(resolve(process.argv[2] ?? REPOSITORY));
  console.log(`Changesets: ${changesets.length} waiting, ${releases.length} packages to release.`);
} catch (error) {
  console.log(`.changeset: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
