// Runs vitest with the given arguments, counts the tests, and fails if a secret of a test was printed.
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCanaryFinder } from "./lib/canary.mjs";
import { countResults } from "./lib/count-results.mjs";
import { runWatched, searchFiles } from "./lib/watched-run.mjs";

const NAMES_SHOWN = 40;
const SIGNALS = /** @type {const} */ ({ SIGINT: 130, SIGTERM: 143 });

// Each start of Node reads this file, which takes as long as all the rest of it; the tests only trust certificates of their own.
const { NODE_EXTRA_CA_CERTS: _, ...inherited } = process.env;

const root = fileURLToPath(new URL("..", import.meta.url));
const finder = createCanaryFinder();
const scratch = await mkdtemp(join(tmpdir(), "handlekit-test-"));
const outputDirectory = join(scratch, "output");
const reportFile = join(scratch, "report.json");
await mkdir(outputDirectory);

/** @type {number | undefined} */
let stoppedWith;

/**
 * @param {string} heading
 * @param {string[]} lines
 */
function printList(heading, lines) {
  if (lines.length === 0) return;
  console.log(`\n${heading}`);
  for (const line of lines.slice(0, NAMES_SHOWN)) console.log(`  ${line}`);
  if (lines.length > NAMES_SHOWN) console.log(`  and ${lines.length - NAMES_SHOWN} more`);
}

/** @returns {Promise<ReturnType<typeof countResults> | undefined>} */
async function readCounts() {
  try {
    return countResults(JSON.parse(await readFile(reportFile, "utf8")));
  } catch {
    return undefined; // Vitest ended before it wrote its report.
  }
}

/** @type {import("./lib/watched-run.mjs").Leak[]} */
const leaks = [];
const { code, signal } = await runWatched({
  command: process.execPath,
  args: [
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${reportFile}`,
    ...process.argv.slice(2),
  ],
  cwd: root,
  env: { ...inherited, HANDLEKIT_TEST_OUTPUT: outputDirectory },
  finder,
  print: (stream, text) => process[stream].write(text),
  onLeak: (leak) => leaks.push(leak),
  onStart: (stop) => {
    for (const [name, exitCode] of Object.entries(SIGNALS)) {
      process.on(name, () => {
        stoppedWith = exitCode;
        stop(/** @type {NodeJS.Signals} */ (name));
      });
    }
  },
});

leaks.push(...(await searchFiles(outputDirectory, finder)));
const counts = await readCounts();

printList(
  "A secret of a test was printed (every test secret contains the canary):",
  leaks.map(({ where, spelling, text }) => `${where}, as ${spelling}: ${text.slice(0, 200)}`),
);
printList("Skipped:", counts?.skippedNames.map(finder.redact) ?? []);
if (!counts) console.log(`\nVitest ended (${signal ?? `exit code ${code}`}) without a report.`);
else if (counts.passed + counts.failed === 0) console.log("\nNo test ran.");

const ran = counts !== undefined && counts.passed + counts.failed > 0;
const good = code === 0 && ran && counts.failed === 0 && leaks.length === 0;
if (!good && (await readdir(outputDirectory)).length > 0) {
  console.log(`\nThe logs of this run's servers are in ${outputDirectory}`);
  await rm(reportFile, { force: true });
} else {
  await rm(scratch, { recursive: true, force: true });
}

console.log("\nNot run here: Deno, Bun (npm run check runs them)");
console.log(`${counts?.passed ?? 0} passed, ${counts?.failed ?? 0} failed, ${counts?.skipped ?? 0} skipped`);
process.exitCode = stoppedWith ?? (good ? 0 : 1);
