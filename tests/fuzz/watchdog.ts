import { Worker } from "node:worker_threads";
import { FINDINGS } from "./findings.ts";

/** Watches from another thread, because a parser that does not end stops everything in its own. */
export interface Watchdog {
  began(target: string, input: Uint8Array): void;
  ended(): void;
  stop(): Promise<unknown>;
}

const MAX_SIZE = 70_000;

/** Looks once a second; an input that runs for longer is written to the findings, and the process killed. */
const PROGRAM = `
const { workerData } = require("node:worker_threads");
const { mkdirSync, writeFileSync } = require("node:fs");
const { numbers, bytes, seconds, folder } = workerData;
let seen = 0;
let since = Date.now();
setInterval(() => {
  const run = Atomics.load(numbers, 0);
  if (run !== seen) [seen, since] = [run, Date.now()];
  if (run % 2 === 0 || Date.now() - since < seconds * 1000) return;
  const { target, input } = JSON.parse(Buffer.from(bytes.slice(0, numbers[1])).toString());
  mkdirSync(folder, { recursive: true });
  const problem = "it did not end within " + seconds + " s";
  writeFileSync(folder + target + "-endless.json", JSON.stringify({ target, seed: 0, problem, input }, null, 2) + "\\n");
  console.error(target + ": " + problem + ". The input is in the findings.");
  process.kill(process.pid, "SIGKILL");
}, 1000).unref();
`;

/** Starts a watchdog. @param seconds how long an input may run */
export function startWatchdog(seconds: number): Watchdog {
  const numbers = new Int32Array(new SharedArrayBuffer(8));
  const bytes = new Uint8Array(new SharedArrayBuffer(MAX_SIZE * 2));
  const worker = new Worker(PROGRAM, {
    eval: true,
    workerData: { numbers, bytes, seconds, folder: FINDINGS },
  });
  worker.unref();
  return {
    began(target, input) {
      const text = Buffer.from(JSON.stringify({ target, input: Buffer.from(input).toString("base64") }));
      bytes.set(text.subarray(0, bytes.length));
      numbers[1] = text.length;
      Atomics.add(numbers, 0, 1);
    },
    ended() {
      Atomics.add(numbers, 0, 1);
    },
    stop: () => worker.terminate(),
  };
}
