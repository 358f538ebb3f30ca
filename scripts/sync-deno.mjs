// Copies each package's version from package.json to deno.json; changesets writes only the former.
// node scripts/sync-deno.mjs [ROOT]
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { listWorkspaces, REPOSITORY } from "./lib/workspaces.mjs";

for (const { folder, path, manifest } of listWorkspaces(resolve(process.argv[2] ?? REPOSITORY))) {
  const file = join(path, "deno.json");
  if (!existsSync(file)) continue;
  const before = readFileSync(file, "utf8");
  // Only the version is replaced, so that the formatting stays.
  const after = before.replace(
    /("version"\s*:\s*)"[^"]*"/,
    (_, key) => key + JSON.stringify(manifest.version),
  );
  if (JSON.parse(after).version !== manifest.version) {
    console.error(`${folder}/deno.json: no "version" at its top to write ${manifest.version} to.`);
    process.exitCode = 1;
  } else if (after !== before) {
    writeFileSync(file, after);
    console.log(`${folder}/deno.json: ${manifest.version}`);
  }
}
