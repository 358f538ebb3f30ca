import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createTree, type Files, loadLibrary, runScript } from "./support.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));

interface ShellLibrary {
  splitShell(text: string): readonly { line: number; words: readonly string[] }[];
}

interface Command {
  readonly commands: readonly Command[];
}

interface ProgramsLibrary {
  loadPrograms(root: string): Promise<Readonly<Record<string, () => Command>>>;
}

interface ReadmeShellLibrary {
  refusedByProgram(program: Command, args: readonly string[]): string | undefined;
}

const { splitShell } = await loadLibrary<ShellLibrary>("shell.mjs");
const { loadPrograms } = await loadLibrary<ProgramsLibrary>("programs.mjs");
const { refusedByProgram } = await loadLibrary<ReadmeShellLibrary>("readme-shell.mjs");

const block = (language: string, ...lines: readonly string[]) =>
  [`\`\`\`${language}`, ...lines, "```", ""].join("\n");

const SOURCE = `
export interface PourOptions {
  readonly size?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}
/** Options of a shop. */
export interface Shop { readonly name: string }
export interface Kettle { boil(options?: { readonly seconds?: number | undefined }): Promise<void> }
export type Unrelated = { readonly nothing: string };
export function pour(what: string, options?: PourOptions): Promise<string> {
  return Promise.resolve(what + options?.size);
}
export function open(shop: Shop): Kettle {
  return { boil: async () => {} };
}`;

const PROSE = "`pour(what, { size, signal })` and `open({ name })`, whose `boil` takes `seconds`.";

const README = [
  "# tea",
  block("sh", "npm install @handlekit/tea   # Deno: deno add npm:@handlekit/tea"),
  PROSE,
  block(
    "js",
    'import { readFile } from "node:fs/promises";',
    'import { pour } from "@handlekit/tea";',
    "",
    'const cup = await pour(await readFile("tea.txt", "utf8"));',
    "console.log(cup.length);",
  ),
  "Then, with the same names:",
  block("ts", "const size: number = cup.length;", 'const again = await pour("more", { size });'),
  block("js", 'const cup = await pour("another, in a scope of its own");', "export default cup;"),
  "And with a third-party package:",
  block("sh", "npm install --save-dev typescript@6"),
  block("js", 'import { pour } from "@handlekit/tea";', 'const ts = await import("typescript");'),
  block("text", "anything at all"),
].join("\n");

const GOOD: Files = {
  "package.json": { scripts: { demo: "true" } },
  "README.md": block("sh", "npm ci && npm run demo", "npx vitest run"),
  "packages/tea/package.json": {
    name: "@handlekit/tea",
    type: "module",
    exports: { ".": { "@handlekit/source": "./src/mod.ts" } },
  },
  "packages/tea/src/mod.ts": SOURCE,
  "packages/tea/README.md": README,
};

async function check(changes: Files = {}) {
  const root = createTree({ ...GOOD, ...changes });
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
  const { code, output } = await runScript("check-readmes.mjs", root);
  return { code, lines: output.trim().split("\n") };
}

test("correct READMEs pass", async () => {
  expect(await check()).toEqual({ code: 0, lines: ["2 READMEs, 4 examples are correct."] });
});

test("functions and options that only an example shows, or nothing, are named", async () => {
  const { code, lines } = await check({ "packages/tea/README.md": README.replace(PROSE, "`pour(what)`") });
  expect(lines).toEqual([
    "packages/tea/README.md: `open` is exported and missing here.",
    "packages/tea/README.md: `size` of PourOptions is missing.",
    "packages/tea/README.md: `signal` of PourOptions is missing.",
    "packages/tea/README.md: `name` of Shop is missing.",
    "packages/tea/README.md: `seconds` of Kettle.boil(options) is missing.",
    "",
    "5 problems.",
  ]);
  expect(code).toBe(1);
});

test("examples that do not compile, and imports that no install line covers, are named by their line", async () => {
  const wrong = [
    block("ts", "const wrong: number = cup;", "nothing();"),
    block("js", "const fine = wrong;", "const size: number = 1;", "const loose = (x) => x;"),
    block("js", 'import { boil } from "@handlekit/tea";', 'import "@handlekit/tea/deep";', "join.name;"),
    block("js", 'import { join } from "node:path";', 'import { pipeline as readFile } from "node:stream";'),
    block("sh", "npm install --global fast-check"),
    block("ts", 'const fc = await import("fast-check");', 'type Late = import("esbuild").BuildOptions;'),
    block("", "npm install x"),
  ];
  const lines = README.split("\n").length;
  const at = (part: number, line: number) =>
    `packages/tea/README.md:${lines + wrong.slice(0, part).join("\n").split("\n").length + line + (part === 0 ? 0 : 1)}`;
  const missing = (name: string) => `imports ${name}, which no npm install line of this README installs.`;
  const found = await check({
    "packages/tea/README.md": [README, ...wrong].join("\n"),
  });
  expect(found.lines).toEqual([
    `${at(1, 2)}: Type annotations can only be used in TypeScript files.`,
    `${at(3, 2)}: imports pipeline of node:stream as readFile, which is readFile of node:fs/promises above: rename one.`,
    `${at(5, 1)}: ${missing("fast-check")}`,
    `${at(5, 2)}: ${missing("esbuild")}`,
    `${at(6, 0)}: the block has no language.`,
    `${at(0, 1)}: Type 'string' is not assignable to type 'number'. (TS2322)`,
    `${at(0, 2)}: Cannot find name 'nothing'. (TS2304)`,
    `${at(1, 3)}: Parameter 'x' implicitly has an 'any' type. (TS7006)`,
    `${at(2, 1)}: Module '"@handlekit/tea"' has no exported member 'boil'. (TS2305)`,
    expect.stringMatching(/import of '@handlekit\/tea\/deep'\. \(TS2882\)$/),
    // An import of a later block is not there yet.
    `${at(2, 3)}: Cannot find name 'join'. (TS2304)`,
    "",
    "11 problems.",
  ]);
  expect(found.code).toBe(1);
});

test("commands that would fail are named by their line", async () => {
  const { lines } = await check({
    "README.md": [
      block(
        "sh",
        "npm run demos && npm publish",
        "npm install @handlekit/coffee",
        "npx nothing-of-that-name",
        "deno add npm:@handlekit/coffee",
        "make all | grep -q x",
        "curl --insecure https://example.org/",
      ),
      block("sh", 'echo "no end'),
    ].join("\n"),
  });
  expect(lines).toEqual([
    "README.md:2: package.json has no script demos.",
    "README.md:2: npm publish is not one of ci, install, link, pack, prefix, run, test.",
    "README.md:3: no package @handlekit/coffee is in this repository or installed in it.",
    "README.md:4: no package nothing-of-that-name is in this repository or installed in it.",
    "README.md:5: no package @handlekit/coffee is in this repository or installed in it.",
    "README.md:6: make is not a program that scripts/lib/readme-shell.mjs knows.",
    "README.md:7: scripts/lib/readme-shell.mjs does not know curl --insecure.",
    'README.md:11: cannot be read from here: "no end.',
    "",
    "8 problems.",
  ]);
});

test("a shell text is split into its commands", () => {
  const text = [
    "C=data/a.json",
    'hdl get a/b TITLE="A record" --credentials $C   # a comment',
    "serve data > ready.log 2> access.log &",
    "until grep -q 'it # is' ready.log; do sleep 0.1; done",
    "A=1 node \\",
    "  x.js 2>&1 | cat",
  ].join("\n");
  expect(splitShell(text)).toEqual([
    { line: 1, words: ["hdl", "get", "a/b", "TITLE=A record", "--credentials", "$C"] },
    { line: 2, words: ["serve", "data"] },
    { line: 3, words: ["grep", "-q", "it # is", "ready.log"] },
    { line: 3, words: ["sleep", "0.1"] },
    { line: 4, words: ["node", "x.js"] },
    { line: 4, words: ["cat"] },
  ]);
});

test("command lines of our own programs are held against their definitions", async () => {
  const programs = await loadPrograms(repository);
  const refused = (line: string) => {
    const [name = "", ...args] = line.split(" ");
    const make = programs[name];
    if (!make) throw new Error(`no program ${name}`);
    return refusedByProgram(make(), args);
  };
  for (const line of [
    "hdl --version",
    "hdl help get",
    "hdl get --help",
    "hdl create a/b URL=https://example.org/ 5:EMAIL=a@example.org --dry-run -c file.json",
    "hdl get a/b --index 1 --index 2 -t URL --json",
    "hdl-server init data --prefix 20.500.12345",
    "hdl-server serve data --https-port 0",
    "hdl-server clients add data --description x --address 192.0.2.7 --no-secret",
  ])
    expect(refused(line), line).toBeUndefined();
  for (const [line, why] of [
    ["hdl", "hdl needs a command"],
    ["hdl got a/b", "hdl has no command got"],
    ["hdl get", "get needs <handles>"],
    ["hdl list 20.500.12345 c", "list takes no argument c"],
    ["hdl get a/b --jsn", "get has no option --jsn"],
    ["hdl get a/b --index x", "'x' is invalid"],
    ["hdl get a/b --type", "argument missing"],
    ["hdl create a/b", "create needs <values>"],
    ["hdl-server init data", "init needs --prefix"],
    ["hdl-server clients rotate data", "rotate needs <app-id>"],
  ] as const)
    expect(refused(line), line).toContain(why);
});
