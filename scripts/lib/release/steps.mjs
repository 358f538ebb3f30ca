import { stripVTControlCharacters } from "node:util";
import { noBrowser, runInBrowser } from "./browser.mjs";
import { checkContents } from "./contents.mjs";
import { installAlone, installTogether, runReadmes } from "./install-steps.mjs";
import { compileEntries } from "./installation.mjs";
import { outcome } from "./outcome.mjs";
import { commandOf, RUNTIMES } from "./programs.mjs";
import { checkReleases, runAudit, runScript } from "./registry-steps.mjs";
import { walk } from "./walk.mjs";

/** @typedef {import("./context.mjs").ReleaseContext} ReleaseContext */

/**
 * @typedef {object} Row of the table
 * @property {string} name
 * @property {"ok" | "FAILED" | "not done"} state
 * @property {string} note
 *
 * @typedef {object} ReleaseStep
 * @property {string} name
 * @property {string} about
 * @property {(context: ReleaseContext) => Promise<Omit<Row, "name"> & { rows?: Row[], output?: string }>} run
 */

/** The steps of `npm run check` that take a moment. */
const QUICK_CHECKS = [
  "arrows",
  "manifests",
  "lint",
  "unused",
  "leftovers",
  "changeset",
  "dependencies",
  "workflows",
];

/** Tasks that no step here can do. */
export const NEVER_DONE = [
  [
    "publishing",
    "npm with provenance and JSR: only the workflow Release can, with the tokens of the repository",
  ],
  ["the workflows themselves", "their YAML and scripts are checked; GitHub has not run them here"],
  ["other systems", "macOS, Windows, ARM, musl"],
  ["other browsers", "Firefox and WebKit"],
  ["a Handle.Net server", "its answers are recordings"],
];

/** @type {ReleaseStep["run"]} */
async function runChecks({ root, quick }) {
  const result = await runScript(root, "check.mjs", ...(quick ? QUICK_CHECKS : []));
  const output = stripVTControlCharacters(result.output);
  const rows = [...output.matchAll(/^(ok {2}|FAIL) (\S+) +([\d.]+) s$/gm)].map(
    ([, word = "", name = "", seconds]) => ({
      name: `check ${name}`,
      state: word === "FAIL" ? /** @type {const} */ ("FAILED") : /** @type {const} */ ("ok"),
      note: `${seconds} s`,
    }),
  );
  return { ...outcome(result.good ? [] : [output], `${rows.length} steps`), rows };
}

/** @type {ReleaseStep["run"]} */
async function runTests({ root, quick }) {
  const { good, output } = await runScript(
    root,
    "test.mjs",
    ...(quick ? ["--project", "unit", "packages/loc"] : []),
  );
  const counts = /^\d+ passed.*$/m.exec(output)?.[0] ?? "no count";
  return outcome(good ? [] : [output.slice(-5000)], counts + (quick ? " (packages/loc only)" : ""));
}

/** @type {ReleaseStep["run"]} */
async function runFuzz({ root, quick }) {
  const minutes = quick ? "0.2" : "5";
  const { good, output } = await runScript(root, "fuzz.mjs", "--minutes", minutes);
  const seed = /seed (\d+)/.exec(output)?.[1] ?? "unknown";
  return outcome(good ? [] : [output.slice(-5000)], `${minutes} minutes, seed ${seed}`);
}

/** @type {ReleaseStep["run"]} */
async function pack({ packed }) {
  const tarballs = await packed();
  const bytes = tarballs.reduce((sum, { size }) => sum + size, 0);
  return outcome(checkContents(tarballs), `${tarballs.length} tarballs, ${Math.round(bytes / 1000)} kB`);
}

/** @type {ReleaseStep["run"]} */
async function compile({ workspaces, installed, root }) {
  return outcome(
    compileEntries(workspaces, await installed(), root),
    "every entry, with the installed declarations",
  );
}

/** @type {ReleaseStep["run"]} */
async function inBrowser({ root, installed, site }) {
  const missing = noBrowser();
  if (missing !== undefined) return { state: "not done", note: missing };
  const results = Object.entries(await runInBrowser(root, await installed(), await site()));
  const wrong = results.filter(([, result]) => result !== "ok").map((pair) => pair.join(": "));
  return outcome(wrong, results.map(([name]) => name).join(", "));
}

/** @type {(runtime: import("./programs.mjs").Runtime) => ReleaseStep} */
const runtimeStep = (runtime) => ({
  name: runtime.name,
  about: `everything that is installed, under ${runtime.name}`,
  async run({ root, installed, site }) {
    const command = await commandOf(runtime).catch(() => undefined);
    if (!command) return { state: "not done", note: `the registry does not answer for ${runtime.spec}` };
    const { ran, problems } = await walk({
      root,
      runtime: command,
      installed: await installed(),
      other: await site(),
    });
    return outcome(problems, ran.join("; "));
  },
});

/** @type {(name: "npm" | "pnpm") => ReleaseStep[]} */
const managerSteps = (name) => [
  { name: `${name}, together`, about: `all packages in one folder, by ${name}`, run: installTogether(name) },
  {
    name: `${name}, each alone`,
    about: `each package in a folder of its own, by ${name}`,
    run: installAlone(name),
  },
  {
    name: `${name}, READMEs`,
    about: "the code of each README, with what it installs",
    run: runReadmes(name),
  },
];

/**
 * The steps of `npm run release:check`.
 *
 * @returns {ReleaseStep[]}
 */
export const listReleaseSteps = () => [
  { name: "check", about: "npm run check", run: runChecks },
  { name: "tests", about: "npm test", run: runTests },
  { name: "fuzz", about: "every fuzz target, 5 minutes", run: runFuzz },
  { name: "audit", about: "npm audit", run: runAudit },
  { name: "releases", about: "the last releases of docs/dependencies.md", run: checkReleases },
  { name: "pack", about: "npm pack of all, and what is in them", run: pack },
  { name: "declarations", about: "a program of every entry compiles", run: compile },
  ...managerSteps("npm"),
  ...managerSteps("pnpm"),
  ...RUNTIMES.map(runtimeStep),
  { name: "browser", about: "core, auth, loc and xml in Chromium", run: inBrowser },
];
