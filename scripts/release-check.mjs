// Does all that a machine can do before a release, and prints a table of it, with what was not done.
// node scripts/release-check.mjs [--quick] [--list | STEP...]     --quick: a part of check, tests and fuzzing
import { parseArgs } from "node:util";
import { createContext } from "./lib/release/context.mjs";
import { listReleaseSteps, NEVER_DONE } from "./lib/release/steps.mjs";
import { REPOSITORY } from "./lib/workspaces.mjs";

/** @typedef {import("./lib/release/steps.mjs").Row} Row */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, list: { type: "boolean", default: false } },
});
const steps = listReleaseSteps();
const unknown = positionals.filter((name) => !steps.some((step) => step.name === name));

/** @param {Row[]} rows */
function printTable(rows) {
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, state, note } of rows) console.log(`${state.padEnd(8)}  ${name.padEnd(width)}  ${note}`);
}

/**
 * @param {import("./lib/release/steps.mjs").ReleaseStep} step
 * @param {import("./lib/release/context.mjs").ReleaseContext} context
 * @returns {Promise<Row[]>}
 */
async function runStep({ name, run }, context) {
  const began = performance.now();
  const {
    state,
    note,
    rows = [],
    output,
  } = await run(context).catch((error) => ({
    state: /** @type {const} */ ("FAILED"),
    note: "it threw",
    output: /** @type {Error} */ (error).stack ?? "",
    rows: [],
  }));
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`${state.padEnd(8)}  ${name}  (${seconds} s)`);
  if (output !== undefined) console.log(`\n${output.replace(/^/gm, "  ")}\n`);
  return [{ name, state, note: `${note}${note === "" ? "" : "; "}${seconds} s` }, ...rows];
}

if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(", ")}. node scripts/release-check.mjs --list names them.`);
  process.exitCode = 2;
} else if (values.list) {
  for (const { name, about } of steps) console.log(`${name.padEnd(16)} ${about}`);
} else {
  const context = await createContext(REPOSITORY, values.quick);
  /** @type {Row[]} */
  const rows = [];
  try {
    for (const step of steps) {
      if (positionals.length > 0 && !positionals.includes(step.name)) {
        rows.push({ name: step.name, state: "not done", note: "not asked for" });
      } else rows.push(...(await runStep(step, context)));
    }
  } finally {
    await context.close();
  }
  console.log();
  printTable([
    ...rows,
    ...NEVER_DONE.map(([name = "", note = ""]) => ({ name, state: /** @type {const} */ ("not done"), note })),
  ]);
  const failed = rows.filter(({ state }) => state === "FAILED").map(({ name }) => name);
  console.log(failed.length === 0 ? "\nNothing failed." : `\nFailed: ${failed.join(", ")}.`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
