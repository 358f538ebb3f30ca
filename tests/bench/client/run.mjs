// Measures the built client against a canned server: node tests/bench/client/run.mjs [--rounds N] [--seconds S]
//   [--only TEXT] [--json FILE] [--cpu-prof DIRECTORY]
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { startNode, startPython, startServer } from "./children.mjs";
import { compare, formatComparisons, formatTable, summarise } from "./report.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    json: { type: "string" },
    "cpu-prof": { type: "string" },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);

const OPERATIONS = ["read http", "read https", "modify http", "modify https"];
const IN_FLIGHT = [1, 32];
const WARM_UP = 1;

/** How idle the machine is, in percent, over a quarter of a second. */
async function idleness() {
  const times = () => cpus().map((cpu) => cpu.times);
  const sum = (
    /** @type {ReturnType<typeof times>} */ list,
    /** @type {("idle" | "user" | "sys" | "nice" | "irq")[]} */ keys,
  ) => list.reduce((total, each) => total + keys.reduce((part, key) => part + each[key], 0), 0);
  const before = times();
  await wait(250);
  const after = times();
  const idle = sum(after, ["idle"]) - sum(before, ["idle"]);
  const busy = sum(after, ["user", "sys", "nice", "irq"]) - sum(before, ["user", "sys", "nice", "irq"]);
  return Math.round((100 * idle) / (idle + busy));
}

/** @param {string} folder for the certificate, which fetch and requests want as a file */
async function open(folder) {
  const { privateKey } = await createKeyPair({ bits: 2048 });
  const certificate = await createSelfSignedCertificate({
    privateKey,
    subject: "bench",
    hosts: ["127.0.0.1"],
  });
  const caFile = join(folder, "ca.pem");
  await writeFile(caFile, certificate);
  const server = await startServer({ key: new TextDecoder().decode(privateKey.reveal()), certificate });
  const site = { http: server.http, https: server.https, ca: certificate };
  const profile = options["cpu-prof"];
  const children = [
    await startNode("handlekit", site, caFile, profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : []),
    await startNode("undici request", site, caFile),
    await startNode("global fetch", site, caFile),
    await startPython(site, caFile),
  ].filter((child) => child !== undefined);
  return { server, children };
}

const folder = await mkdtemp(join(tmpdir(), "handlekit-bench-"));
const { server, children } = await open(folder);
try {
  /** @type {import("./report.mjs").Series[]} */
  const all = OPERATIONS.flatMap((operation) =>
    IN_FLIGHT.flatMap((inFlight) =>
      children
        .filter(
          ({ sequential, operations }) => operations.includes(operation) && !(sequential && inFlight > 1),
        )
        .map(({ name }) => ({ operation, inFlight, subject: name, samples: [] })),
    ),
  ).filter(({ operation, inFlight, subject }) =>
    `${operation} ${inFlight} ${subject}`.includes(options.only),
  );
  const childOf = (/** @type {string} */ name) => children.find((child) => child.name === name);

  console.log(children.map(({ name, versions }) => `${name}: ${versions}`).join("; "));
  console.log(`${cpus().length} cores (${cpus()[0]?.model}), ${rounds} rounds of ${seconds} s each`);
  // Until the engines have compiled what is measured.
  for (const { operation, inFlight, subject } of all) {
    await childOf(subject)?.measure(operation, inFlight, WARM_UP);
  }
  for (let round = 1; round <= rounds; round++) {
    console.log(`round ${round}: ${await idleness()} % idle before, load ${loadavg()[0]?.toFixed(1)}`);
    // Every other round backwards, so that a machine that slows down favours nobody.
    for (const series of round % 2 ? all : all.toReversed()) {
      const sample = await childOf(series.subject)?.measure(series.operation, series.inFlight, seconds);
      if (sample) series.samples.push(sample);
    }
  }

  const rows = all.map(summarise);
  console.log(`\n${formatTable(rows)}\n`);
  const comparisons = compare(rows);
  console.log(formatComparisons(comparisons));
  const json = JSON.stringify({ rounds, seconds, rows, comparisons });
  if (options.json) await writeFile(options.json, `${json}\n`);
  else console.log(`\n${json}`);
} finally {
  await Promise.all([...children, server].map((each) => each.end()));
  await rm(folder, { recursive: true });
}
