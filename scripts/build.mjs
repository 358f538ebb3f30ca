// Builds every package with turbo: a line for each one that is built, and all of its output when it fails.
// node scripts/build.mjs [PACKAGE...]
import { spawn } from "node:child_process";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { createLineReader } from "./lib/lines.mjs";
import { REPOSITORY } from "./lib/workspaces.mjs";

const TASK = /^(\S+):build: (.*)$/;

const filters = process.argv.slice(2).map((name) => `--filter=${name}`);
const child = spawn(
  process.execPath,
  [
    join(REPOSITORY, "node_modules/turbo/bin/turbo"),
    "run",
    "build",
    "--log-order=stream",
    "--output-logs=new-only",
    ...filters,
  ],
  {
    cwd: REPOSITORY,
    env: {
      ...process.env,
      TURBO_TELEMETRY_DISABLED: "1",
      DO_NOT_TRACK: "1",
      NO_COLOR: "1",
      FORCE_COLOR: "0",
    },
    stdio: ["inherit", "pipe", "pipe"],
  },
);

/** @type {Map<string, string[]>} the output of each package that is built */
const outputs = new Map();
/** @type {string[]} */
const others = [];
let failed = "";

/** @param {string} line */
function read(line) {
  const plain = stripVTControlCharacters(line).trimEnd();
  const [, name = "", text = ""] = TASK.exec(plain) ?? [];
  if (name === "") {
    others.push(plain);
    failed = /^\s*Failed:\s*(.+)$/.exec(plain)?.[1] ?? failed;
  } else if (/^cache miss\b/.test(text)) {
    outputs.set(name, []);
    console.error(`building ${name}`);
  } else outputs.get(name)?.push(text);
}

for (const stream of [child.stdout, child.stderr]) {
  const lines = createLineReader(read);
  stream.on("data", lines.push);
  stream.on("end", lines.end);
}

child.on("close", (code) => {
  process.exitCode = code ?? 1;
  if (code === 0) return;
  const names = [...outputs.keys()].filter((name) => failed.includes(name));
  for (const name of names) console.error(`\n${name}\n${outputs.get(name)?.join("\n")}`);
  if (names.length === 0) console.error(others.join("\n"));
  console.error(`\nThe build failed: ${failed || `turbo ended with ${code}`}.`);
});
