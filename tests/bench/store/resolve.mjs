// Hot resolves of hdl-server over HTTP, on PostgreSQL and on SQLite in turn: CPU of the server for each request.
// npm run build && node tests/bench/store/resolve.mjs   (needs wrk)
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "../server/report.mjs";
import { loadServer } from "./postgres.mjs";

const ROUNDS = 5;
const PREFIX = "20.500.12345";
const MAIN = fileURLToPath(new URL("../../../apps/server/dist/main.js", import.meta.url));
const TICKS = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** @param {number} pid */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** @param {string} folder @param {string[]} flags @returns {Promise<{ pid: number, url: string, stop(): void }>} */
async function serve(folder, flags) {
  execFileSync(process.execPath, [MAIN, "init", folder, "--prefix", PREFIX, ...flags], { stdio: "ignore" });
  const ports = ["--https-port", "0", "--http-port", "0", "--access-log", "off"];
  const child = spawn(process.execPath, [MAIN, "serve", folder, ...ports], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const text = await new Promise((resolve) => child.stdout.once("data", (data) => resolve(String(data))));
  const url = JSON.parse(text).urls.find((/** @type {string} */ each) => each.startsWith("http:"));
  return { pid: child.pid ?? 0, url, stop: () => child.kill() };
}

const folder = mkdtempSync(join(tmpdir(), "handlekit-bench-"));
const { startPostgres } = await loadServer();
const postgres = await startPostgres([]);
const servers = {
  sqlite: await serve(join(folder, "sqlite"), []),
  postgres: await serve(join(folder, "postgres"), ["--store", await postgres.schema()]),
};
/** @type {Record<string, number[]>} */
const cpu = { sqlite: [], postgres: [] };
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, { pid, url }] of Object.entries(servers)) {
    const before = cpuSeconds(pid);
    const path = `${url}/api/handles/0.NA/${PREFIX}`;
    const output = execFileSync("wrk", ["-t1", "-c32", "-d3s", path], { encoding: "utf8" });
    const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
    if (round > 0) cpu[name]?.push(((cpuSeconds(pid) - before) / requests) * 1e6);
  }
}
for (const [name, all] of Object.entries(cpu)) console.log(`${name.padEnd(8)} ${median(all).toFixed(1)} µs`);
console.log(
  `ratio ${median((cpu.postgres ?? []).map((each, i) => each / (cpu.sqlite?.[i] ?? 1))).toFixed(2)}`,
);
for (const { stop } of Object.values(servers)) stop();
await postgres.stop();
rmSync(folder, { recursive: true, force: true });
