import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createFolder, loadLibrary } from "./support.ts";

interface Leak {
  readonly where: string;
  readonly spelling: string;
  readonly text: string;
}

interface Finder {
  find(text: string): string | undefined;
  redact(text: string): string;
}

interface CanaryLibrary {
  readonly CANARY: string;
  createCanaryFinder(canary?: string): Finder;
}

interface LinesLibrary {
  createLineReader(onLine: (line: string, number: number, ended: boolean) => void): {
    push(chunk: Uint8Array): void;
    end(): void;
  };
}

interface WatchedRunLibrary {
  runWatched(options: {
    command: string;
    args: readonly string[];
    finder: Finder;
    print: (stream: string, text: string) => void;
    onLeak: (leak: Leak) => void;
    onStart?: (stop: (signal: NodeJS.Signals) => void) => void;
  }): Promise<{ code: number | null; signal: string | null }>;
  searchFiles(directory: string, finder: Finder): Promise<Leak[]>;
}

const { CANARY, createCanaryFinder } = await loadLibrary<CanaryLibrary>("canary.mjs");
const { createLineReader } = await loadLibrary<LinesLibrary>("lines.mjs");
const { runWatched, searchFiles } = await loadLibrary<WatchedRunLibrary>("watched-run.mjs");

// Not the project's canary: an outer watcher must not take what these tests do for a leak.
const BIRD = "YELL0W-B1RD";
const finder = createCanaryFinder(BIRD);

/** Runs a program text under Node and gathers what the watcher says. */
async function watch(program: string, onLeak: (leak: Leak, stop: () => void) => void = () => {}) {
  const leaks: Leak[] = [];
  let printed = "";
  let stop = () => {};
  await runWatched({
    command: process.execPath,
    args: ["-e", program],
    finder,
    print: (_, text) => {
      printed += text;
    },
    onLeak: (leak) => {
      leaks.push(leak);
      onLeak(leak, stop);
    },
    onStart: (end) => {
      stop = () => end("SIGKILL");
    },
  });
  return { leaks, printed };
}

test("the canary is the one of the house", () => {
  expect(CANARY.length).toBe(6);
  expect(createCanaryFinder().find(`a${CANARY}b`)).toBe("text");
});

test("the canary is found as text, hex and base64 at every offset, and nowhere else", () => {
  expect(finder.find(`x${BIRD}y`)).toBe("text");
  for (let before = 0; before < 7; before += 1) {
    const bytes = Buffer.from(`${"u".repeat(before)}${BIRD} and more`);
    expect(finder.find(bytes.toString("base64"))).toBe("base64");
    expect(finder.find(bytes.toString("base64url"))).toBe("base64");
    expect(finder.find(bytes.toString("hex"))).toBe("hex");
    expect(finder.find(bytes.toString("hex").toUpperCase())).toBe("hex");
  }
  expect(finder.find("YELL0W B1RD yell0w-b1rd eWVsbG93")).toBeUndefined();
});

test("redaction leaves nothing of a word that carries the canary", () => {
  expect(finder.redact(`user "a${BIRD}b", then\t${BIRD} end`)).toBe("user [canary] then\t[canary] end");
});

test("lines are whole wherever their bytes are cut", () => {
  const bytes = Buffer.from(`één\n${BIRD}\n\nlast`);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const lines: [string, number, boolean][] = [];
    const reader = createLineReader((...line) => lines.push(line));
    reader.push(bytes.subarray(0, cut));
    reader.push(bytes.subarray(cut));
    reader.end();
    expect(lines).toEqual([
      ["één", 1, true],
      [BIRD, 2, true],
      ["", 3, true],
      ["last", 4, false],
    ]);
  }
});

// The program puts the canary together only when it runs, for its own text is in its argument list.
const MAKE = 'const bird = ["YELL0W", "B1RD"].join("-");';

test("a leak on either stream is found, cut in two or coloured, and is not handed on", async () => {
  const { leaks, printed } = await watch(`${MAKE}
    process.stderr.write("fine\\nkey=" + bird + "\\n");
    process.stdout.write("one\\ntwo " + bird.slice(0, 4), () => {
      process.stdout.write(bird.slice(4) + " three\\n", () => {
        process.stdout.write(bird.slice(0, 3) + "\\u001b[31m" + bird.slice(3));
      });
    });`);
  expect(leaks.map(({ where, text }) => `${where}: ${text}`).sort()).toEqual([
    "stderr line 2: [canary]",
    "stdout line 2: two [canary] three",
    "stdout line 3: [canary]",
  ]);
  expect(finder.find(printed)).toBeUndefined();
  expect(printed).toContain("two [canary] three\n");
});

test("a program that leaks nothing is not accused, and is printed unchanged", async () => {
  const { leaks, printed } = await watch('process.stdout.write("\\u001b[31mred\\u001b[0m\\nno line feed")');
  expect(leaks).toEqual([]);
  expect(printed).toBe("\u001b[31mred\u001b[0m\nno line feed");
});

test.runIf(process.platform === "linux")("a leak in the argument list of a grandchild is found", async () => {
  // Both wait for ever; the watcher's find ends them.
  const { leaks } = await watch(
    `${MAKE}
      const wait = "setInterval(() => {}, 1e6)";
      require("node:child_process").spawn(process.execPath, ["-e", wait, "--", "--password=" + bird]);`,
    (_, stop) => stop(),
  );
  expect(leaks).toHaveLength(1);
  expect(leaks[0]?.where).toMatch(/^argument list of process \d+$/);
  expect(leaks[0]?.text).toMatch(/ \[canary\]$/);
});

test("a leak in a log file is found, with its line", async () => {
  const folder = createFolder();
  mkdirSync(join(folder, "deep"));
  writeFileSync(join(folder, "fine.log"), "GET /api/handles 200\n");
  const basic = Buffer.from(`300:a/b:${BIRD}`).toString("base64");
  writeFileSync(join(folder, "deep/server.log"), `one\ntwo\nauthorization: Basic ${basic}\n`);
  expect(await searchFiles(folder, finder)).toEqual([
    {
      where: `${join(folder, "deep/server.log")} line 3`,
      spelling: "base64",
      text: "authorization: Basic [canary]",
    },
  ]);
});
