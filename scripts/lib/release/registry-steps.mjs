import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listDependencies } from "../dependencies.mjs";
import { readDependenciesTable } from "../dependencies-table.mjs";
import { readReleases } from "../releases.mjs";
import { runCaptured } from "../run-captured.mjs";

/** @typedef {import("./steps.mjs").ReleaseStep} ReleaseStep */

/**
 * Runs a script of `scripts/`.
 *
 * @param {string} root
 * @param {string} name
 * @param {string[]} args
 */
export const runScript = (root, name, ...args) =>
  runCaptured([process.execPath, join(root, "scripts", name), ...args], { cwd: root });

/** @type {ReleaseStep["run"]} */
export async function runAudit({ root }) {
  const { output } = await runCaptured(["npm", "audit", "--json"], { cwd: root });
  /** @type {any} */
  let report;
  try {
    report = JSON.parse(output.slice(output.indexOf("{")));
  } catch {
    report = {};
  }
  const { total, ...counts } = report.metadata?.vulnerabilities ?? {};
  if (total === undefined) return { state: "not done", note: "the registry does not answer npm audit" };
  if (total === 0) return { state: "ok", note: "no known vulnerabilities" };
  const found = Object.entries(counts).filter(([, count]) => count !== 0);
  return { state: "FAILED", note: found.map(([name, count]) => `${count} ${name}`).join(", "), output };
}

/** @type {ReleaseStep["run"]} */
export async function checkReleases({ root }) {
  const names = listDependencies(root).map(({ name }) => name);
  const written = readDependenciesTable(readFileSync(join(root, "docs/dependencies.md"), "utf8"));
  /** @type {ReadonlyMap<string, string>} */
  let releases;
  try {
    releases = await readReleases(names, root);
  } catch (error) {
    return { state: "not done", note: /** @type {Error} */ (error).message };
  }
  const old = [...releases].filter(([name, date]) => written?.get(name)?.released !== date);
  if (old.length === 0) return { state: "ok", note: `${names.length} dependencies have no newer release` };
  const note = `${old.map(([name, date]) => `${name} ${date}`).join(", ")}; npm run sync -- --releases writes them`;
  return { state: "FAILED", note };
}
