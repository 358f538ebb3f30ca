// Runs every check except the tests. node scripts/check.mjs [--list | STEP...]
import { stripVTControlCharacters } from "node:util";
import { runCaptured } from "./lib/run-captured.mjs";
import { listSteps } from "./lib/steps.mjs";
import { REPOSITORY } from "./lib/workspaces.mjs";

const AT_ONCE = 2;

/** @typedef {import("./lib/steps.mjs").Step} Step */

const { FORCE_COLOR: _, ...inherited } = process.env;
const env = {
  ...inherited,
  NO_COLOR: "1",
  TURBO_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
  DENO_NO_UPDATE_CHECK: "1",
};

/** @param {Step} step */
async function runStep(step) {
  const began = performance.now();
  let output = "";
  for (const command of step.commands) {
    const result = await runCaptured(command, { cwd: REPOSITORY, env });
    if (!result.good)
      output += `$ ${command.join(" ")}\n${stripVTControlCharacters(result.output).trimEnd()}\n`;
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${output === "" ? "ok  " : "FAIL"} ${step.name.padEnd(12)} ${seconds.padStart(6)} s`);
  if (output !== "") console.log(`\n${output.replace(/^/gm, "  ")}`);
  return output === "";
}

/**
 * @param {Step[]} steps
 * @returns {Promise<string[]>} the names of the steps that failed
 */
async function runAll(steps) {
  const waiting = [...steps];
  /** @type {Map<string, Promise<void>>} */
  const running = new Map();
  /** @type {string[]} */
  const failed = [];
  while (waiting.length > 0 || running.size > 0) {
    const unfinished = [...waiting.map(({ name }) => name), ...running.keys()];
    const step = waiting.find(({ after = [] }) => !after.some((name) => unfinished.includes(name)));
    if (running.size < AT_ONCE && step) {
      waiting.splice(waiting.indexOf(step), 1);
      const run = runStep(step).then((good) => {
        if (!good) failed.push(step.name);
        running.delete(step.name);
      });
      running.set(step.name, run);
    } else {
      await Promise.race(running.values());
    }
  }
  return failed;
}

const steps = listSteps(REPOSITORY);
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => name !== "--list" && !steps.some((step) => step.name === name));

if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(", ")}. node scripts/check.mjs --list names them.`);
  process.exitCode = 2;
} else if (asked.includes("--list")) {
  for (const { name, about } of steps) console.log(`${name.padEnd(12)} ${about}`);
} else {
  const began = performance.now();
  const chosen = asked.length === 0 ? steps : steps.filter(({ name }) => asked.includes(name));
  const failed = await runAll(chosen);
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(
    failed.length === 0 ? `All good in ${seconds} s.` : `Failed: ${failed.join(", ")} (${seconds} s).`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
}
