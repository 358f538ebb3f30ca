// Writes homepage, repository and bugs of each package.json, made from the address in the repository's package.json.
// node scripts/sync-metadata.mjs [ROOT]
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { withMetadata } from "./lib/metadata.mjs";
import { listWorkspaces, REPOSITORY, readJson } from "./lib/workspaces.mjs";

const root = resolve(process.argv[2] ?? REPOSITORY);
const shared = readJson(join(root, "package.json"));
for (const { folder, path, manifest } of listWorkspaces(root)) {
  const file = join(path, "package.json");
  const text = `${JSON.stringify(withMetadata(manifest, shared, folder), null, 2)}\n`;
  if (text === readFileSync(file, "utf8")) continue;
  writeFileSync(file, text);
  console.log(`${folder}/package.json: written.`);
}
