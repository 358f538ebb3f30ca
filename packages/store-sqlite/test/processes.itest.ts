import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { handleKey } from "@handlekit/core";
import { build } from "esbuild";
import { beforeAll, expect, it } from "vitest";
import { openDriver } from "../src/driver/open-driver.ts";
import { createSqliteStore } from "../src/mod.ts";
import { useTempFiles } from "./temp-file.ts";
import { textAt } from "./values.ts";

const tempFile = useTempFiles();
const program = tempFile("writer.mjs");

beforeAll(async () => {
  const libsql = pathToFileURL(createRequire(import.meta.url).resolve("libsql")).href;
  await build({
    entryPoints: [fileURLToPath(new URL("writer.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@handlekit/source"],
    logLevel: "error",
    plugins: [
      {
        name: "libsql where it is installed",
        setup: ({ onResolve }) => onResolve({ filter: /^libsql$/ }, () => ({ path: libsql, external: true })),
      },
    ],
  });
});

interface Writer {
  readonly child: ChildProcess;
  /** Settles when the process has ended and all its output is here. */
  readonly ended: Promise<unknown>;
  /** The highest count that each lane was told was durable. */
  readonly acknowledged: Map<string, number>;
}

/** Starts a writing process; `onLine` is called with the number of lines so far. */
function startWriter(args: readonly string[], onLine?: (lines: number, child: ChildProcess) => void): Writer {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const acknowledged = new Map<string, number>();
  let lines = 0;
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const complete = (rest + chunk).split("\n");
    rest = complete.pop() ?? "";
    for (const line of complete) {
      const [lane = "", count] = line.split(" ");
      acknowledged.set(lane, Number(count));
      onLine?.(++lines, child);
    }
  });
  return { child, ended: once(child, "close"), acknowledged };
}

it("keeps every commit it acknowledged when its process is killed", async () => {
  const file = tempFile();
  const lanes = ["A", "B", "C", "D", "E", "F", "G", "H"];
  for (const kill of [1, 150, 600]) {
    const writer = startWriter([file, ...lanes, "Infinity"], (lines, child) => {
      if (lines === kill) child.kill("SIGKILL");
    });
    await writer.ended;
    expect(writer.child.signalCode).toBe("SIGKILL");
    expect(writer.acknowledged.size).toBeGreaterThan(0);

    const store = await createSqliteStore({ file });
    for (const [lane, count] of writer.acknowledged) {
      // The lane may have been writing its next step, of which it was told nothing.
      const counter = Number(await textAt(store, handleKey(`20.500.1/${lane}`)));
      expect([count, count + 1]).toContain(counter);
      for (let step = 1; step <= counter; step++) {
        expect(await textAt(store, handleKey(`20.500.2/${lane}/${step}`))).toBe(`${step}`);
      }
    }
    await store.close();

    const driver = await openDriver(file);
    expect(driver.prepare("PRAGMA integrity_check").all([])).toEqual([["ok"]]);
    driver.close();
  }
});

it("lets several processes make one file and count together", async () => {
  const file = tempFile();
  const steps = 40;
  const writers = [1, 2, 3].map(() => startWriter([file, "A", "B", `${steps}`]));
  await Promise.all(writers.map(({ ended }) => ended));
  expect(writers.map(({ child }) => child.exitCode)).toEqual([0, 0, 0]);

  const store = await createSqliteStore({ file });
  for (const lane of ["A", "B"]) {
    expect(await textAt(store, handleKey(`20.500.1/${lane}`))).toBe(`${3 * steps}`);
    expect((await store.list("20.500.2", undefined, 1000)).length).toBe(2 * 3 * steps);
  }
  await store.close();
});
