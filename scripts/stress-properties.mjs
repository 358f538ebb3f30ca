// Runs every property test many times, one file after the other, and prints the failures with their seeds.
// node scripts/stress-properties.mjs [--runs N] [PART OF A FILE'S NAME...]     (N is 200 by default)
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { runCaptured } from "./lib/run-captured.mjs";
import { listWorkspaces, REPOSITORY } from "./lib/workspaces.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string", default: "200" } },
});
const folders = [
  ...listWorkspaces(REPOSITORY).map(({ path }) => join(path, "test")),
  join(REPOSITORY, "tests"),
];
const files = folders
  .filter((folder) => existsSync(folder))
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  )
  .filter(
    (file) => /\.i?test\.ts$/.test(file) && /^import .* from "fast-check"/m.test(readFileSync(file, "utf8")),
  )
  .map((file) => relative(REPOSITORY, file))
  .filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)));

let failures = 0;
for (const file of files) {
  const began = performance.now();
  const { good, output } = await runCaptured(
    [
      process.execPath,
      join(REPOSITORY, "node_modules/vitest/vitest.mjs"),
      "run",
      "--config",
      join(REPOSITORY, "scripts/stress/vitest.config.mjs"),
      file,
    ],
    { cwd: REPOSITORY, env: { ...process.env, HANDLEKIT_FC_RUNS: values.runs } },
  );
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`${good ? "ok  " : "FAIL"} ${String(seconds).padStart(5)} s  ${file}`);
  if (good) continue;
  failures += 1;
  console.log(stripVTControlCharacters(output).replace(/^/gm, "  "));
}
console.log(`${files.length - failures} passed, ${failures} failed: ${values.runs} runs of each property.`);
process.exitCode = failures === 0 && files.length > 0 ? 0 : 1;
