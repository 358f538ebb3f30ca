// Checks each package.json against its deno.json, its tsup.config.ts and the files on disk.
// node scripts/check-manifests.mjs [ROOT]
import { resolve } from "node:path";
import { checkManifests } from "./lib/manifests.mjs";
import { REPOSITORY, report } from "./lib/workspaces.mjs";

const { packages, problems } = checkManifests(resolve(process.argv[2] ?? REPOSITORY));
report(problems, `${packages} packages: manifests agree.`);
