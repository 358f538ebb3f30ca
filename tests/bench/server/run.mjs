// Measures the built server: npm run bench -- [--quick] [--handles N,N] [--rounds N] [--seconds S] [--only TEXT]
//   [--memory] [--access-log] [--data DIRECTORY] [--json FILE] [--cpu-prof DIRECTORY] [--peer URL [--peer-path PATH] [--peer-pid PID]]
// The PostgreSQL store alone: npm run bench -- --store postgres [--rounds N] [--seconds S]
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { start, timeToAnswer } from "./children.mjs";
import { HAS_WRK, run } from "./load.mjs";
import { createLogins } from "./logins.mjs";
import { handleOf } from "./record.mjs";
import { formatChange, formatTable, median, summarise } from "./report.mjs";
import { usageOf } from "./usage.mjs";
import { listWorks } from "./works.mjs";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    handles: { type: "string" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
    "access-log": { type: "boolean", default: false },
    memory: { type: "boolean", default: false },
    store: { type: "string" },
    data: { type: "string" },
    json: { type: "string" },
    "cpu-prof": { type: "string" },
    peer: { type: "string" },
    "peer-path": { type: "string" },
    "peer-pid": { type: "string" },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
if (options.store !== undefined) {
  if (options.store !== "postgres") throw new Error("--store can only be postgres.");
  const { benchPostgres } = await import("../store/postgres.mjs");
  await benchPostgres({ rounds, seconds });
  process.exit();
}
const scales = (options.handles ?? (options.quick ? "10000" : "10000,1000000")).split(",").map(Number);
const STARTS = 3;
/** The time until all connections of a load are open, in milliseconds, and for each of them. */
const OPENING = 400;
const OPENING_EACH = 4;
/** The login of creates at the peer: the value of an Authorization header. */
const { BENCH_PEER_AUTHORIZATION: peerAuthorization } = process.env;

/** @typedef {import("./works.mjs").Work} Work */
/** @typedef {Awaited<ReturnType<typeof start>>} Child */

/** The numbers of new handles, with some for each measurement; no run uses those of another on the same data. */
let unused = Date.now() * 1000;
const RANGE = 200_000;
/** More than are deleted in a second. */
const DELETED = 20_000;

/** @param {Work} work @param {Child} server @param {number} handles @returns {Promise<import("./load.mjs").Load["numbers"]>} */
async function numbersOf({ numbers }, server, handles) {
  const from = unused;
  unused += RANGE;
  // The index of what another work has left would be built during this one.
  await server.fill(from, numbers === "filled" ? DELETED * seconds : 0);
  if (numbers === "known") return { from: 0, count: handles, next: false };
  return { from, count: RANGE, next: true };
}

/** @param {import("./load.mjs").Outcome} outcome */
const sampleOf = ({ requests, seconds: took, p50, p99, failed }) => ({
  rate: requests / took,
  p50,
  p99,
  failed,
});

/** @param {Work} work @param {Child} server @param {number} handles @param {string} folder */
async function runBeside(work, server, handles, folder) {
  const { calls, connections, scheme } = work;
  const numbers = await numbersOf(work, server, handles);
  return run({ url: server[scheme], calls, connections, seconds, numbers }, folder);
}

/**
 * The subjects of a work: our server, and what it is compared with.
 *
 * @param {Work} work
 * @param {{ server: Child, yardsticks: Child }} children
 */
function subjectsOf(work, { server, yardsticks }) {
  const { scheme, calls, yardstick, peer } = work;
  const subjects = [{ subject: "handlekit", url: server[scheme], calls, usage: server.usage }];
  if (yardstick) {
    const name = { "/fixed": "fixed body", "/synced": "one fdatasync each" }[yardstick.path] ?? "libsql";
    subjects.push({ subject: name, url: yardsticks[scheme], calls: [yardstick], usage: yardsticks.usage });
  }
  const path = options["peer-path"];
  const url = options.peer;
  if (url === undefined || peer === undefined || new URL(url).protocol !== `${scheme}:`) return subjects;
  const pid = options["peer-pid"];
  const usage = async () =>
    pid === undefined ? { cpu: Number.NaN, memory: Number.NaN, requests: undefined } : usageOf(pid);
  if (peer === "create") {
    const headers = { authorization: peerAuthorization ?? "", "content-type": "application/json" };
    const theirs = calls.map((call) => ({ ...call, headers }));
    return peerAuthorization ? [...subjects, { subject: "peer", url, calls: theirs, usage }] : subjects;
  }
  const theirs = calls.map((call) => ({ ...call, path: path ?? call.path }));
  return [...subjects, { subject: "peer", url, calls: theirs, usage }];
}

/**
 * Measures every work at one number of handles.
 *
 * @param {number} handles
 * @param {string} directory for the data
 * @param {string} folder for what lasts as long as a measurement
 */
async function measureAll(handles, directory, folder) {
  const isNew = !existsSync(directory);
  const profile = options["cpu-prof"];
  const flags = profile ? ["--cpu-prof", `--cpu-prof-dir=${resolve(profile)}`] : [];
  console.log(`\n${isNew ? "filling" : "opening"} ${handles} handles`);
  const server = await start(
    "server.mjs",
    { directory, handles, isNew, accessLog: options["access-log"], memory: options.memory },
    flags,
  );
  const yardsticks = await start("yardsticks.mjs", { directory, handles });
  /** @type {import("./report.mjs").Series[]} */
  const all = [];
  try {
    const logins = await createLogins(server.https, directory);
    const works = listWorks(logins).filter(({ name, scheme, connections }) =>
      `${name} ${scheme} ${connections}`.includes(options.only),
    );
    const planned = works.flatMap((work) =>
      subjectsOf(work, { server, yardsticks }).map(({ subject, url, calls, usage }) => {
        const { connections, certificate } = work;
        /** @param {Work} of @returns {import("./report.mjs").Series} */
        const seriesOf = (of) => ({
          work: of.name,
          scheme: of.scheme,
          connections: of.connections,
          subject,
          handles,
          samples: [],
        });
        const series = seriesOf(work);
        const beside = work.beside && seriesOf(work.beside);
        all.push(series, ...(beside ? [beside] : []));
        const measure = async () => {
          const numbers = await numbersOf(work, server, handles);
          const load = { url, calls, connections, seconds, numbers, ...(certificate && { certificate }) };
          const busy = work.beside && runBeside(work.beside, server, handles, folder);
          const running = run(load, folder);
          // Handshakes are no part of a request.
          await wait(OPENING + connections * OPENING_EACH);
          const before = await usage();
          const outcome = await running;
          const after = await usage();
          const counted = (after.requests ?? outcome.requests) - (before.requests ?? 0);
          const cpu = (after.cpu - before.cpu) / counted;
          if (busy) beside?.samples.push({ ...sampleOf(await busy), cpu: Number.NaN, memory: after.memory });
          return { ...sampleOf(outcome), cpu, memory: after.memory };
        };
        return { series, beside, measure };
      }),
    );
    // Until everything is compiled. A work that fails here, because this server cannot do it, is left out.
    const missing = new Set();
    for (const { series, beside, measure } of planned) {
      const { failed, rate } = await measure();
      beside?.samples.splice(0);
      if (failed < (rate * seconds) / 2) continue;
      missing.add(series);
      console.log(
        `left out, because it fails: ${series.work}, ${series.scheme}, ${series.connections}, ${series.subject}`,
      );
    }
    for (let round = 1; round <= rounds; round++) {
      console.log(`round ${round}: load ${loadavg()[0]?.toFixed(1)}`);
      // Every other round backwards, so that a machine that slows down favours nobody.
      for (const { series, measure } of round % 2 ? planned : planned.toReversed()) {
        if (!missing.has(series)) series.samples.push(await measure());
      }
    }
    const { memory, counts } = await server.usage();
    console.log(
      `memory of the server without mapped files: ${(memory / 2 ** 20).toFixed(0)} MB; requests counted: ${JSON.stringify(counts)}`,
    );
    return { rows: all.filter((series) => !missing.has(series)).map(summarise), memory };
  } finally {
    await yardsticks.end();
    await server.end();
  }
}

const folder = await mkdtemp(join(tmpdir(), "handlekit-bench-"));
const data = options.data === undefined ? folder : resolve(options.data);
try {
  await mkdir(data, { recursive: true });
  console.log(
    `Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model}), load from ${HAS_WRK ? "wrk" : "autocannon"}, ${rounds} rounds of ${seconds} s each`,
  );
  const results = [];
  for (const handles of scales) {
    const directory = join(data, `handles-${handles}`);
    const measured = await measureAll(handles, directory, folder);
    const starts = [];
    // A store in memory leaves nothing to start with.
    for (let i = 0; i < (options.memory ? 0 : STARTS); i++)
      starts.push(await timeToAnswer(directory, `/api/handles/${handleOf(0)}`));
    const toAnswer = median(starts);
    if (starts.length > 0) console.log(`start to first answer: ${toAnswer.toFixed(0)} ms`);
    console.log(`\n${formatTable(measured.rows)}`);
    results.push({ handles, toAnswer, ...measured });
  }
  console.log(`\n${formatChange(results.flatMap(({ rows }) => rows))}`);
  if (options.json)
    await writeFile(options.json, `${JSON.stringify({ rounds, seconds, results }, null, 1)}\n`);
} finally {
  await rm(folder, { recursive: true });
}
