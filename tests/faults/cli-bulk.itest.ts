// hdl bulk over TLS while things go wrong, killed twice and started again with the same command. HANDLEKIT_LONG=1 takes
// 100,000 rows instead of 2,000.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { BulkReport } from "@handlekit/client";
import { decodeValue, type HandleValueInput, handleKey } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { createFaultServer, type Fault, type FaultServer, withProbability } from "@handlekit/testing";
import { afterAll, beforeAll, expect, it } from "vitest";

const LONG = process.env.HANDLEKIT_LONG === "1";
const COUNT = LONG ? 100_000 : 2000;
const PREFIX = "20.500.12345";
const USER = `${PREFIX}/USER`;
const PASSWORD = "S3CR3T-of-the-command-line";
const SEED = 20261129;
const HDL = fileURLToPath(new URL("../../apps/cli/dist/main.js", import.meta.url));

const faults: readonly Fault[] = [
  { kind: "reset-before" },
  { kind: "reset-after" },
  { kind: "wrong-status", status: 502 },
  { kind: "not-json" },
  { kind: "busy", retryAfter: 0 },
];

let folder: string;
let server: FaultServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
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
    faults: withProbability(SEED, 0.03, ...faults),
  });
  const credentials = {
    handle_server_url: server.origin,
    username: `300:${USER}`,
    password: PASSWORD,
    HTTPS_verify: "ca.pem",
  };
  await writeFile(join(folder, "credentials.json"), JSON.stringify(credentials), { mode: 0o600 });
  const rows = Array.from(
    { length: COUNT },
    (_, i) => `${PREFIX}/row-${i},https://example.org/${i},"Row ""${i}"", of many"`,
  );
  await writeFile(join(folder, "rows.csv"), `handle,URL,7:TITLE\n${rows.join("\n")}\n`);
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly report: BulkReport | undefined;
  readonly stderr: string;
}

/** Runs the command, and kills it after a number of outcomes. */
async function run(killAfter = Number.POSITIVE_INFINITY): Promise<Run> {
  const args = [
    "bulk",
    "rows.csv",
    "--operation",
    "create",
    "-c",
    "credentials.json",
    "--json",
    "--result",
    "result.csv",
  ];
  const child = spawn(process.execPath, [HDL, ...args, "--timeout", "10"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  let report: BulkReport | undefined;
  let fresh = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as { readonly report?: BulkReport; readonly status?: string };
    report = said.report ?? report;
    if (said.status === "done" && ++fresh === killAfter) child.kill("SIGKILL");
  }
  const [code, signal] = await closed;
  return { code, signal, report, stderr };
}

it(
  `hdl bulk creates ${COUNT} rows through faults and two kills (seed ${SEED})`,
  async () => {
    const third = Math.floor(COUNT / 3);
    for (let kill = 0; kill < 2; kill++) {
      expect(await run(third)).toMatchObject({ code: null, signal: "SIGKILL", report: undefined });
    }
    let last: Run;
    let runs = 0;
    do {
      last = await run();
      const { total, done, failed, unknown, skipped } = last.report ?? {
        total: -1,
        done: 0,
        failed: 0,
        unknown: 0,
        skipped: 0,
      };
      expect([total, done + failed + unknown + skipped], last.stderr).toEqual([COUNT, COUNT]);
      expect(skipped).toBeGreaterThanOrEqual(2 * third);
    } while (last.code !== 0 && ++runs < 8);
    expect(last.code, last.stderr).toBe(0);

    const wrong: number[] = [];
    for (let i = 0; i < COUNT; i++) {
      const record = await server.store.read(handleKey(`${PREFIX}/row-${i}`));
      const values = record?.values
        .map(decodeValue)
        .map(({ index, type, data }) => [index, type, data.value]);
      const expected = [
        [1, "URL", `https://example.org/${i}`],
        [7, "TITLE", `Row "${i}", of many`],
      ];
      if (JSON.stringify(values?.filter(([, type]) => type !== "HS_ADMIN")) !== JSON.stringify(expected))
        wrong.push(i);
    }
    expect(wrong).toEqual([]);
    const applied = Array.from(
      { length: COUNT },
      (_, i) => server.applied.get(handleKey(`${PREFIX}/row-${i}`)) ?? 0,
    );
    expect(applied.filter((times) => times !== 1)).toEqual([]);
    const result = (await readFile(join(folder, "result.csv"), "utf8")).trimEnd().split("\n").slice(1);
    expect(result.length).toBe(COUNT);
    expect(result.filter((line) => !/,create,(?:done|skipped),,$/.test(line))).toEqual([]);
    await expect(stat(join(folder, "rows.csv.journal"))).rejects.toThrow("ENOENT");
    expect(faults.filter(({ kind }) => server.injected(kind) === 0)).toEqual([]);
  },
  LONG ? 3_600_000 : 600_000,
);
