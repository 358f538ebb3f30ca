import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Block } from "./library.ts";
import { runPage, sortBlocks } from "./run-page.ts";

const block = (language: string, line: number, ...text: readonly string[]): Block => ({
  language,
  line,
  text: text.join("\n"),
  notRun: /not run: (.+)/.exec(text[0] ?? "")?.[1],
});

async function run(...blocks: readonly Block[]): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "handlekit-page-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return runPage({ name: "a.md", blocks }, join(folder, "page"));
}

it("a page whose blocks do what they say passes", async () => {
  const problems = await run(
    block("sh", 3, "printf 5 > number", "bash -c 'exit 6'", "echo $?   # 6: as it says"),
    block(
      "js",
      8,
      'import { readFile } from "node:fs/promises";',
      "",
      'const five = await readFile("number", "utf8");',
    ),
    block("ts", 13, "const six: number = Number(five) + 1;", 'console.log(six, "and more"); // 6 …'),
    block("js", 18, 'console.log("alone"); // alone'),
    block("text", 22, "anything"),
  );
  expect(problems).toEqual([]);
});

it("what closes something that a later block uses is done at the end", async () => {
  const problems = await run(
    block("js", 3, "const a = { n: 1, close: async () => console.log('closed') };", "await a.close();"),
    block("js", 8, "console.log(a.n);", "// 1", "// closed"),
  );
  expect(problems).toEqual([]);
});

it("commands that fail, and lines that are not printed, are found", async () => {
  const problems = await run(
    block("sh", 3, "false", "bash -c 'exit 6'", "echo $?   # 7"),
    block("js", 8, 'console.log("one"); // two'),
    block("js", 12, "throw new Error('no');"),
    block("sh", 16, "npm install not-a-package-of-this-tree"),
  );
  expect(problems.map((problem) => problem.split("\n")[0])).toEqual([
    "a.md:3: false ended with 1: ",
    "a.md:3: bash -c 'exit 6' ended with 6: ",
    "a.md:3: bash -c 'exit 6' did not end with 7",
    "a.md:8: does not print two; printed: one / ",
    expect.stringMatching(/^a\.md:12: node line-12\.mjs .* ended with 1: /),
    "a.md:16: npm install not-a-package-of-this-tree ended with 1: no package not-a-package-of-this-tree",
  ]);
});

it("blocks that are not run are counted with their reason", () => {
  const { shell, checked } = sortBlocks({
    name: "a.md",
    blocks: [block("sh", 3, "# not run: it needs root", "exit 1"), block("sh", 7, "true")],
  });
  expect(shell.map(({ line }) => line)).toEqual([7]);
  expect(checked.map(({ why }) => why)).toEqual(["it needs root"]);
});
