import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const DOOR = fileURLToPath(new URL("../../apps/server/dist/conformance.js", import.meta.url));

/** A server that `npm run conformance:serve` would start. */
export interface ConformanceServer {
  /** Such as `https://127.0.0.1:41234`. */
  readonly https: string;
  readonly http: string;
  /** What signs its certificate, as PEM. */
  readonly ca: string;
  /** What it logged so far. */
  log(): string;
  /** Ends it and waits. */
  stop(): Promise<void>;
}

interface ReadyLine {
  readonly https: string;
  readonly http: string;
  readonly ca: string;
}

/**
 * Starts the built conformance server on free ports and waits until it listens.
 *
 * @param flags such as `["--seed", file, "--store", "memory:"]`
 */
export async function startConformanceServer(flags: readonly string[]): Promise<ConformanceServer> {
  if (!existsSync(DOOR)) throw new Error(`${DOOR} is missing: run npm run build first`);
  const child = spawn(process.execPath, [DOOR, ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    log += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const ready = new Promise<ReadyLine>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      const line = /^\{"ready":true.*\}$/m.exec(output)?.[0];
      if (line !== undefined) resolve(JSON.parse(line) as ReadyLine);
    });
  });
  const early = ended.then((code) => {
    throw new Error(`The conformance server ended with ${code} before it was ready:\n${log}`);
  });
  early.catch(() => {});
  const { https, http, ca } = await Promise.race([ready, early]);
  return {
    https,
    http,
    ca: await readFile(ca, "utf8"),
    log: () => log,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
