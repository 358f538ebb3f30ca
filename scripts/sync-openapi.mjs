// Writes the description of the HTTP API, which the server gives at /api/openapi.json, to docs/openapi.json; with --check
// only compares.
// node scripts/sync-openapi.mjs [--check]
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { firstDifference } from "./lib/difference.mjs";
import { REPOSITORY, report } from "./lib/workspaces.mjs";

const FILE = "docs/openapi.json";
/** Where hdl-server listens unless it is told otherwise. */
const SERVER = "https://127.0.0.1:8000";

// The sources, so that nothing has to be built first.
const { outputFiles } = await build({
  entryPoints: [join(REPOSITORY, "packages/service/src/openapi/document.ts")],
  bundle: true,
  format: "esm",
  write: false,
});
const code = Buffer.from(outputFiles[0]?.contents ?? []).toString("base64");
const { describeApi } = await import(`data:text/javascript;base64,${code}`);
const text = `${JSON.stringify(describeApi(SERVER), null, 2)}\n`;

const file = join(REPOSITORY, FILE);
const before = existsSync(file) ? readFileSync(file, "utf8") : "";
/** @type {string[]} */
const problems = [];
if (!process.argv.includes("--check")) writeFileSync(file, text);
else if (before !== text) problems.push(`${FILE}:${firstDifference(before, text)}; npm run api writes it.`);
report(problems, `${FILE} is what /api/openapi.json returns.`);
