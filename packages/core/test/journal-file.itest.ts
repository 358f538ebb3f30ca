import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openJournalFile } from "@handlekit/core/journal-file";
import { build } from "esbuild";
import { beforeAll, expect, it } from "vitest";
import { collect, entry } from "./journal-entries.ts";
import { useTempFiles } from "./temp-file.ts";

const tempFile = useTempFiles();
const program = tempFile("journal-writer.mjs");

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL("journal-writer.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@handlekit/source"],
    logLevel: "error",
  });
});

interface Writer {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  /** Settles when the process has ended and all its output is here. */
  readonly ended: Promise<unknown>;
}

/** Starts a process; `onLine` is called with the number of lines so far. */
function start(
  command: string,
  args: readonly string[],
  onLine: (count: number, child: ChildProcess) => void = () => {},
): Writer {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const complete = (rest + chunk).split("\n");
    rest = complete.pop() ?? "";
    for (const line of complete) onLine(lines.push(line), child);
  });
  return { child, lines, ended: once(child, "close") };
}

/** Returns the last number of each writer, from lines such as "A 17"; the numbers must have no gap. */
function stepsOf(lines: readonly string[]): Map<string, number> {
  const steps = new Map<string, number>();
  for (const line of lines) {
    const [lane = "", step] = line.split(" ");
    expect(Number(step)).toBe((steps.get(lane) ?? 0) + 1);
    steps.set(lane, Number(step));
  }
  return steps;
}

it("keeps every entry it acknowledged when its process is killed", async () => {
  for (const kill of [2, 100, 1500]) {
    const file = tempFile();
    const writer = start(process.execPath, [program, file, "A", "B", "C", "D", "E"], (count, child) => {
      if (count === kill) child.kill("SIGKILL");
    });
    await writer.ended;
    expect(writer.child.signalCode).toBe("SIGKILL");

    const journal = await openJournalFile(file);
    const kept = stepsOf((await collect(journal)).map(({ key }) => key));
    const acknowledged = stepsOf(writer.lines.slice(1));
    expect(acknowledged.size).toBeGreaterThan(0);
    for (const [lane, step] of acknowledged) {
      // The lane may have been writing its next step, of which it was told nothing.
      expect([step, step + 1]).toContain(kept.get(lane));
    }
    await journal.append([entry("after")]);
    expect((await collect(journal)).at(-1)).toEqual(entry("after"));
    await journal.close();
    for (const line of readFileSync(file, "utf8").trimEnd().split("\n")) JSON.parse(line);
  }
});

it("is open in one process at a time, until that is killed", async () => {
  const file = tempFile();
  const writer = await new Promise<Writer>((resolve) => {
    const started = start(process.execPath, [program, file, "A"], (count) => count === 1 && resolve(started));
  });
  await expect(openJournalFile(file)).rejects.toMatchObject({
    code: "store_failed",
    message: `The journal ${file} is in use by process ${writer.child.pid}.`,
    retryable: true,
  });
  writer.child.kill("SIGKILL");
  await writer.ended;
  const journal = await openJournalFile(file);
  const second = start(process.execPath, [program, file, "A"]);
  await second.ended;
  expect(second.lines).toEqual([
    `refused store_failed The journal ${file} is in use by process ${process.pid}.`,
  ]);
  await journal.append([entry("here")]);
  await journal.close();
});

it("is never open twice, however many processes try", async () => {
  const file = tempFile();
  const [processes, times] = [4, 15];
  const writers = Array.from({ length: processes }, () =>
    start(process.execPath, [program, file, "contend", `${times}`]),
  );
  await Promise.all(writers.map(({ ended }) => ended));
  expect(writers.flatMap(({ lines }) => lines)).toEqual([]);
  expect(writers.map(({ child }) => child.exitCode)).toEqual(writers.map(() => 0));

  const journal = await openJournalFile(file);
  const steps = stepsOf((await collect(journal)).map(({ key }) => key));
  expect([...steps.values()]).toEqual(writers.map(() => times));
  await journal.close();
});

it("rejects if the disk fails, then and later, and leaves no partial entry", async () => {
  const file = tempFile();
  // The shell counts in blocks of 512 bytes: 64 KiB.
  const limited = ["-c", 'ulimit -f 128; exec "$0" "$@"', process.execPath, program, file, "A", "B", "C"];
  const writer = start("/bin/sh", limited);
  await writer.ended;
  const said = writer.lines.filter((line) => /^(failed|later)/.test(line));
  expect(said).toEqual([
    ...Array.from({ length: 3 }, () =>
      expect.stringMatching(/^failed store_failed .* could not be written: EFBIG/),
    ),
    expect.stringMatching(/^later store_failed .* could not be written: EFBIG/),
  ]);

  const journal = await openJournalFile(file);
  const acknowledged = writer.lines.slice(1).filter((line) => !said.includes(line));
  expect(acknowledged.length).toBeGreaterThan(10);
  expect((await collect(journal)).map(({ key }) => key)).toEqual(acknowledged);
  await journal.close();
});

it("reads a file that is larger than the memory it has", async () => {
  const file = tempFile();
  const line = `${JSON.stringify({ ...entry(1), data: "x".repeat(400) })}\n`;
  const block = Buffer.from(line.repeat(2000));
  const blocks = 100;
  const out = openSync(file, "w");
  for (let i = 0; i < blocks; i++) writeSync(out, block);
  closeSync(out);
  expect(block.length * blocks).toBeGreaterThan(90_000_000);
  const reader = start(process.execPath, ["--max-old-space-size=24", program, file, "count"]);
  await reader.ended;
  expect(reader.lines).toEqual(["open", `${2000 * blocks}`]);
});
