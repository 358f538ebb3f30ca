import { type ChildProcess, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { serve } from "../support/hdl.ts";
import type { Site } from "../support/site.ts";
import { createStoppedSite } from "./target.ts";
import { ask, requestText } from "./wire.ts";

const SERVER = fileURLToPath(new URL("../../apps/server/dist/main.js", import.meta.url));

let site: Site;
let child: ChildProcess | undefined;
beforeAll(async () => {
  site = await createStoppedSite();
});
afterEach(() => {
  child?.kill("SIGKILL");
});
afterAll(() => site?.remove());

/** Starts the program with a standard error of its own, and resolves to its port. */
async function start(stderr: number | "pipe"): Promise<number> {
  const args = [SERVER, "serve", site.directory, "--https-port", "0"];
  const started = spawn(process.execPath, args, { stdio: ["ignore", "pipe", stderr] });
  child = started;
  const line = await new Promise<string>((resolve) =>
    started.stdout?.once("data", (data: Buffer) => resolve(data.toString())),
  );
  return Number(new URL((JSON.parse(line) as { urls: string[] }).urls[0] ?? "").port);
}

const get = requestText("GET", "/api/site");
const statuses = async (port: number) => {
  const found: number[] = [];
  for (let i = 0; i < 5; i++) found.push((await ask(port, get)).status);
  return found;
};

describe("the server goes on", () => {
  it("with a log on a full disk", async () => {
    const port = await start(openSync("/dev/full", "w"));
    expect(await statuses(port)).toEqual([200, 200, 200, 200, 200]);
    expect(child?.exitCode).toBe(null);
  });

  it("with a log that nobody reads any more", async () => {
    const port = await start("pipe");
    child?.stderr?.destroy();
    child?.stdout?.destroy();
    expect(await statuses(port)).toEqual([200, 200, 200, 200, 200]);
    const ended = new Promise((resolve) => child?.once("exit", resolve));
    child?.kill("SIGTERM");
    expect(await ended).toBe(0);
  });
});

it("warns of files with secrets that others can read", async () => {
  await chmod(join(site.directory, "session.key"), 0o640);
  await chmod(join(site.directory, "server-key.pem"), 0o604);
  const server = await serve(site.directory, "--https-port", "0");
  const warned = server.text.stderr.split("\n").filter((line) => line.includes("run chmod 600"));
  expect(warned.map((line) => (JSON.parse(line) as { file: string }).file)).toEqual([
    join(site.directory, "server-key.pem"),
    join(site.directory, "session.key"),
  ]);
  await server.stop();
});
