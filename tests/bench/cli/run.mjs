// Measures how fast the built hdl starts: node tests/bench/cli/run.mjs [--rounds N] [--json FILE]
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { startServer } from "../client/children.mjs";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "20" }, json: { type: "string" } },
});
const rounds = Number(options.rounds);
const HDL = fileURLToPath(new URL("../../../apps/cli/bin/hdl.js", import.meta.url));
const HANDLE = "20.500.12345/21.T11148-0000-0001";

/**
 * @typedef {{ name: string, args: readonly string[], goal?: number }} Subject
 * @typedef {{ wall: number, cpu: number }} Sample milliseconds from its start to its end, and of user and system time
 */

/** The CPU time of the children that have ended, in milliseconds; NaN where there is no /proc. */
function childrenCpu() {
  if (!existsSync("/proc/self/stat")) return Number.NaN;
  const [, after = ""] = /^.*\) (.*)$/s.exec(readFileSync("/proc/self/stat", "utf8")) ?? [];
  const fields = after.split(" ");
  // cutime and cstime, in hundredths of a second. A single difference is coarse, a mean of many is not.
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/**
 * Runs Node once.
 *
 * @param {readonly string[]} args
 * @returns {Promise<Sample>}
 */
function run(args) {
  const cpuBefore = childrenCpu();
  const began = performance.now();
  const env = { ...process.env, HDL_CREDENTIALS: undefined, HDL_PROFILE: undefined };
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"], cwd: tmpdir(), env });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  return new Promise((resolve, reject) =>
    child.on("close", (code) => {
      const wall = performance.now() - began;
      if (code === 0) resolve({ wall, cpu: childrenCpu() - cpuBefore });
      else reject(new Error(`node ${args.join(" ")} ended with ${code}: ${errors}`));
    }),
  );
}

/** @param {readonly number[]} list */
const mean = (list) => list.reduce((sum, each) => sum + each, 0) / list.length;

/** @param {readonly number[]} list */
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;

/**
 * Measures the subjects in turn, so that a change of the machine's load concerns all of them.
 *
 * @param {readonly Subject[]} subjects the first is what the others are compared with
 */
async function measure(subjects) {
  /** @type {Sample[][]} */
  const samples = subjects.map(() => []);
  for (const { args } of subjects) await run(args);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { args }] of subjects.entries()) samples[i]?.push(await run(args));
  }
  const [first = []] = samples;
  const walls = (/** @type {readonly Sample[]} */ list) => list.map(({ wall }) => wall);
  const cpuOf = (/** @type {readonly Sample[]} */ list) => mean(list.map(({ cpu }) => cpu));
  return subjects.map(({ name, goal }, i) => {
    const own = samples[i] ?? [];
    const ratios = own.map(({ wall }, at) => wall / (first[at]?.wall ?? Number.NaN));
    const fastest = Math.min(...walls(own)) / Math.min(...walls(first));
    const cpu = cpuOf(own);
    return {
      name,
      goal,
      median: median(walls(own)),
      ratio: median(ratios),
      fastest,
      cpu,
      cpuRatio: cpu / cpuOf(first),
      samples: own,
    };
  });
}

const folder = await mkdtemp(join(tmpdir(), "handlekit-"));
const { privateKey } = await createKeyPair({ bits: 2048 });
const certificate = await createSelfSignedCertificate({ privateKey, subject: "bench", hosts: ["127.0.0.1"] });
await writeFile(join(folder, "ca.pem"), certificate);
const server = await startServer({ key: new TextDecoder().decode(privateKey.reveal()), certificate });
try {
  const ca = ["--ca", join(folder, "ca.pem")];
  const results = await measure([
    { name: "node -e 0", args: ["-e", "0"] },
    { name: "hdl --version", args: [HDL, "--version"], goal: 1.3 },
    { name: "hdl get, http", args: [HDL, "get", HANDLE, "-s", server.http], goal: 1.6 },
    { name: "hdl get, https", args: [HDL, "get", HANDLE, "-s", server.https, ...ca], goal: 1.75 },
  ]);
  console.log(`Node ${process.version}, ${rounds} rounds, load ${loadavg()[0]?.toFixed(1)}`);
  if ("NODE_EXTRA_CA_CERTS" in process.env) {
    console.log("NODE_EXTRA_CA_CERTS is set: every start of Node reads it, which makes the ratios smaller.");
  }
  console.log("subject          median ms  median ratio  ratio of fastest  goal  CPU ms  CPU ratio");
  for (const { name, median: ms, ratio, fastest, goal = "", cpu, cpuRatio } of results) {
    const cells = [
      name.padEnd(15),
      ms.toFixed(0).padStart(9),
      ratio.toFixed(2).padStart(12),
      fastest.toFixed(2).padStart(16),
      String(goal).padStart(4),
      cpu.toFixed(0).padStart(6),
      cpuRatio.toFixed(2).padStart(9),
    ];
    console.log(cells.join("  "));
  }
  if (options.json !== undefined) await writeFile(options.json, JSON.stringify(results));
} finally {
  await server.end();
  await rm(folder, { recursive: true });
}
