// Many records created, changed and deleted over TLS while things go wrong, by a process that is killed half-way and
// started again with its journal. HANDLEKIT_LONG=1 takes 50,000 records instead of 2,000.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { BulkReport } from "@handlekit/client";
import { decodeValue, type HandleValueInput, handleKey } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { createFaultServer, type Fault, type FaultServer, withProbability } from "@handlekit/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildProgram } from "../support/build-program.ts";
import { type BulkSettings, handleOf, type Phase, PREFIX, urlOf } from "./bulk-operations.ts";

const LONG = process.env.HANDLEKIT_LONG === "1";
const COUNT = LONG ? 50_000 : 2000;
const CONCURRENCY = 16;
const SEED = 20261121;
const USER = `${PREFIX}/USER`;
const PASSWORD = "S3CR3T-of-the-bulk-run";

// The server is busy less often than other things happen: each time halves how many are under way.
const breaking: readonly Fault[] = [
  { kind: "reset-before" },
  { kind: "reset-after" },
  { kind: "half-close" },
  { kind: "wrong-status", status: 500 },
  { kind: "wrong-status", status: 502 },
  { kind: "not-json" },
];
const busy: readonly Fault[] = [{ kind: "busy", retryAfter: 0 }, { kind: "too-many" }];
const common = withProbability(SEED, 0.04, ...breaking, ...breaking, ...breaking, ...busy);
const hanging: readonly Fault[] = [{ kind: "hang-after" }, { kind: "hang-before" }];
const KINDS = new Set([...breaking, ...busy, ...hanging].map(({ kind }) => kind));

let folder: string;
let server: FaultServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  await buildProgram(new URL("bulk-program.ts", import.meta.url), join(folder, "program.mjs"));
  const { privateKey } = await createKeyPair({ bits: 2048 });
  const certificate = await createSelfSignedCertificate({
    privateKey,
    subject: "bulk",
    hosts: ["127.0.0.1"],
  });
  await writeFile(join(folder, "ca.pem"), certificate);
  const value = { handle: USER, index: 300, permissions: "111111111111" };
  const admin: HandleValueInput = { index: 100, type: "HS_ADMIN", data: { format: "admin", value } };
  server = await createFaultServer({
    tls: { certificate, key: new TextDecoder().decode(privateKey.reveal()) },
    seed: {
      [`0.NA/${PREFIX}`]: [
        admin,
        { index: 200, type: "HS_VLIST", data: { format: "vlist", value: [{ handle: USER, index: 300 }] } },
      ],
      [USER]: [{ index: 300, type: "HS_SECKEY", data: PASSWORD, permissions: "1100" }, admin],
    },
    faults: (request) => (request.n % 997 === 0 ? hanging[(request.n / 997) % 2] : common(request)),
  });
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Finished {
  readonly report: BulkReport;
  /** Bytes in use after a collection, when a quarter of the items had ended and at the end. */
  readonly heap: { readonly quarter: number; readonly end: number };
  /** How often items ended with each error. */
  readonly codes: Readonly<Record<string, number>>;
}

/** Runs the program; undefined when it was killed, which it is half-way when it is told. */
async function run(phase: Phase, killHalfWay: boolean): Promise<Finished | undefined> {
  const settings: BulkSettings = {
    origin: server.origin,
    ca: join(folder, "ca.pem"),
    journal: join(folder, `${phase}.journal`),
    identity: `300:${USER}`,
    password: PASSWORD,
    count: COUNT,
    concurrency: CONCURRENCY,
    phase,
  };
  const args = ["--expose-gc", join(folder, "program.mjs")];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(settings));
  const closed = once(child, "close");
  let finished: Finished | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as { readonly half?: true } | Finished;
    if ("report" in said) finished = said;
    else if (killHalfWay) child.kill("SIGKILL");
  }
  await closed;
  expect(child.signalCode).toBe(killHalfWay ? "SIGKILL" : null);
  return finished;
}

/** Starts the program again until every item is done, as a person would. */
async function finish(phase: Phase): Promise<Finished> {
  for (let runs = 1; ; runs++) {
    const finished = await run(phase, false);
    if (finished === undefined) throw new Error(`The ${phase} run ended without a report.`);
    const { total, done, failed, unknown, skipped, aborted } = finished.report;
    expect([total, done + failed + unknown + skipped, aborted]).toEqual([COUNT, COUNT, false]);
    if (done + skipped === COUNT || runs === 8) return finished;
  }
}

const numbers = Array.from({ length: COUNT }, (_, i) => i);
const timesApplied = () => numbers.map((i) => server.applied.get(handleKey(handleOf(i))) ?? 0);

async function stored(i: number): Promise<readonly (readonly [number, string, unknown])[] | undefined> {
  const record = await server.store.read(handleKey(handleOf(i)));
  return record?.values.map(decodeValue).map(({ index, type, data }) => [index, type, data.value] as const);
}

/** The records that are not as they should be. */
async function wrong(expected: (i: number) => readonly (readonly [number, string, string])[] | undefined) {
  const found = [];
  for (const i of numbers) {
    const text = JSON.stringify((await stored(i))?.filter(([, type]) => type !== "HS_ADMIN"));
    if (text !== JSON.stringify(expected(i))) found.push([i, text]);
  }
  return found.slice(0, 5);
}

const isNotOnce = (times: number) => times !== 1;

it(
  `creates, changes and deletes ${COUNT} records through faults and a kill -9 half-way (seed ${SEED})`,
  async () => {
    for (const phase of ["create", "change"] as const) {
      expect(await run(phase, true)).toBe(undefined);
      const first = await run(phase, false);
      // What was done before is not done again; what was under way is settled.
      expect(first?.report.skipped).toBeGreaterThan(COUNT / 4);
      expect(first?.report.skipped).toBeLessThan(COUNT * 0.75);
      const { report, codes } = await finish(phase);
      expect([report.done + report.skipped, codes]).toEqual([COUNT, {}]);
      if (phase === "create") expect(timesApplied().filter(isNotOnce)).toEqual([]);
      expect(
        await wrong((i) =>
          phase === "create"
            ? [
                [1, "URL", urlOf(i)],
                [2, "NUMBER", `${i}`],
              ]
            : [
                [1, "URL", `${urlOf(i)}/new`],
                [2, "NUMBER", `${i}`],
                [3, "TITLE", `${i}`],
              ],
        ),
      ).toEqual([]);
    }

    const before = timesApplied();
    const { heap } = (await run("delete", false)) ?? {};
    const { report } = await finish("delete");
    expect(report.done + report.skipped).toBe(COUNT);
    expect(await wrong(() => undefined)).toEqual([]);
    expect(
      timesApplied()
        .map((times, i) => times - (before[i] ?? 0))
        .filter(isNotOnce),
    ).toEqual([]);
    console.log(`heap: ${heap?.quarter} bytes at 25 %, ${heap?.end} at 100 %; ${server.requests} requests`);
    expect((heap?.end ?? Number.NaN) - (heap?.quarter ?? Number.NaN)).toBeLessThan(2 * 2 ** 20);

    expect([...KINDS].filter((kind) => server.injected(kind) === 0)).toEqual([]);
  },
  LONG ? 3_600_000 : 600_000,
);
