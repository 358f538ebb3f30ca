import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { splitShell } from "./shell.mjs";
import { readJson } from "./workspaces.mjs";

const FOLDER = ".github/workflows";
const TOP = ["name", "run-name", "on", "permissions", "concurrency", "env", "defaults", "jobs"];
const JOB = [
  ...[
    "name",
    "if",
    "needs",
    "runs-on",
    "permissions",
    "environment",
    "concurrency",
    "outputs",
    "env",
    "defaults",
  ],
  ...[
    "steps",
    "timeout-minutes",
    "strategy",
    "continue-on-error",
    "container",
    "services",
    "uses",
    "with",
    "secrets",
  ],
];
const STEP = [
  "id",
  "timeout-minutes",
  "if",
  "name",
  "uses",
  "run",
  "working-directory",
  "shell",
  "with",
  "env",
  "continue-on-error",
];
const CONTEXTS = ["github", "matrix", "secrets", "env", "needs", "steps", "inputs", "runner", "vars"];
/** Programs of a runner that are not checked further. */
const OTHERS = new Set(["echo", "cat", "git", "sudo", "curl", "tar"]);

/** @param {unknown} value @returns {Record<string, any>} */
const record = (value) => (typeof value === "object" && value !== null ? value : {});

/**
 * @param {string} where
 * @param {unknown} value
 * @param {readonly string[]} known
 */
const unknownKeys = (where, value, known) =>
  Object.keys(record(value))
    .filter((key) => !known.includes(key))
    .map((key) => `${where}: GitHub knows no ${key} here.`);

/**
 * The reason why a command of a step would fail, if it can be seen from here.
 *
 * @param {string} root
 * @param {any} manifest package.json of the repository
 * @param {readonly string[]} words
 */
function refused(root, manifest, [program = "", ...args]) {
  const isThere = (/** @type {string} */ file) => existsSync(join(root, file));
  if (program.includes("/")) {
    try {
      accessSync(join(root, program), constants.X_OK);
      return undefined;
    } catch {
      return `${program} is not an executable file`;
    }
  }
  const operands = args.filter((word) => !word.startsWith("-"));
  if (program === "npm") {
    const [verb, name = ""] = operands;
    if (verb !== "run") return undefined;
    return name in (manifest.scripts ?? {}) ? undefined : `package.json has no script ${name}`;
  }
  if (program === "npx") {
    const [name = ""] = operands;
    return isThere(join("node_modules/.bin", name)) ? undefined : `${name} is not installed`;
  }
  if (["node", "deno", "bun"].includes(program)) {
    const file = operands.find((word) => /\.[cm]?[jt]s$/.test(word));
    if (file === undefined) return `${program} is given no file`;
    return isThere(file) ? undefined : `there is no file ${file}`;
  }
  return OTHERS.has(program) ? undefined : `scripts/lib/workflows.mjs does not know ${program}`;
}

/**
 * @param {string} root
 * @param {any} manifest
 * @param {string} where
 * @param {any} step
 */
function checkStep(root, manifest, where, step) {
  const problems = unknownKeys(where, step, STEP);
  const { uses, run } = record(step);
  if ((uses === undefined) === (run === undefined)) problems.push(`${where}: needs either uses or run.`);
  if (uses !== undefined && !/^[\w.-]+\/[\w./-]+@[\w.-]+$/.test(uses)) {
    problems.push(`${where}: uses ${uses}, which is not owner/name@version.`);
  }
  if (typeof run === "string") {
    // An expression is a word; which one does not matter here.
    const text = run.replace(/\$\{\{.*?\}\}/g, "expression");
    for (const { words } of splitShell(text)) {
      const why = refused(root, manifest, words);
      if (why !== undefined) problems.push(`${where}: ${why}.`);
    }
  }
  return problems;
}

/**
 * The names that a matrix has: its axes and the members of `include`.
 *
 * @param {any} matrix
 */
function matrixNames(matrix) {
  const { include = [], exclude: _, ...axes } = record(matrix);
  return new Set([...Object.keys(axes), ...include.flatMap((/** @type {any} */ each) => Object.keys(each))]);
}

/**
 * @param {string} where
 * @param {any} job
 * @returns {string[]} problems with its expressions
 */
function checkExpressions(where, job) {
  const names = matrixNames(record(job.strategy).matrix);
  const texts = JSON.stringify(job).match(/\$\{\{.*?\}\}|"if":"(?:[^"\\]|\\.)*"/g) ?? [];
  return texts.flatMap((text) => {
    const paths = [...text.replace(/'[^']*'|"if":/g, "").matchAll(/\b([a-zA-Z_]\w*)\.([\w-]+)/g)];
    return paths.flatMap(([path, context = "", name = ""]) => {
      if (!CONTEXTS.includes(context)) return [`${where}: ${path}: GitHub has no context ${context}.`];
      return context === "matrix" && !names.has(name)
        ? [`${where}: ${path}: the matrix has no ${name}.`]
        : [];
    });
  });
}

/**
 * @param {string} root
 * @param {any} manifest
 * @param {string} name of the file
 */
function checkWorkflow(root, manifest, name) {
  const file = `${FOLDER}/${name}`;
  const document = parseDocument(readFileSync(join(root, file), "utf8"));
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) return broken.map(({ message }) => `${file}: ${message.split("\n")[0]}`);
  const workflow = document.toJS();
  const problems = unknownKeys(file, workflow, TOP);
  const { on, jobs } = record(workflow);
  if (on === undefined) problems.push(`${file}: nothing starts it; "on" is missing.`);
  if (Object.keys(record(jobs)).length === 0) problems.push(`${file}: it has no jobs.`);
  for (const [id, job] of Object.entries(record(jobs))) {
    const where = `${file}: ${id}`;
    problems.push(...unknownKeys(where, job, JOB), ...checkExpressions(where, job));
    if (job["runs-on"] === undefined) problems.push(`${where}: has no runs-on.`);
    for (const need of [job.needs ?? []].flat()) {
      if (!(need in jobs)) problems.push(`${where}: needs ${need}, which is no job.`);
    }
    if (!Array.isArray(job.steps)) problems.push(`${where}: has no steps.`);
    else
      for (const [at, step] of job.steps.entries())
        problems.push(...checkStep(root, manifest, `${where}, step ${at + 1}`, step));
  }
  return problems;
}

/**
 * Checks the workflows of GitHub Actions as far as that is possible without GitHub: their YAML, the members, actions
 * and expressions, and that the scripts and files that they run exist.
 *
 * @param {string} root
 * @returns {{ files: number, problems: string[] }}
 */
export function checkWorkflows(root) {
  const manifest = readJson(join(root, "package.json"));
  const names = readdirSync(join(root, FOLDER)).filter((name) => /\.ya?ml$/.test(name));
  return { files: names.length, problems: names.flatMap((name) => checkWorkflow(root, manifest, name)) };
}
