import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Block, Page } from "./library.ts";
import { composePrograms, type Program } from "./programs.ts";
import { createSandbox } from "./sandbox.ts";

/** A run: a block of commands, or a program. */
interface Step {
  readonly line: number;
  readonly command: string;
  /** Commands that are to fail, each with the exit code that the next line shows: `echo $?   # 6`. */
  readonly fails: readonly (readonly [command: string, code: number])[];
  readonly prints: readonly string[];
}

const isCode = ({ language }: Block) => language === "ts" || language === "js";
const isShell = ({ language }: Block) => language === "sh";
const isInstall = ({ text }: Block) =>
  text.split("\n").every((line) => /^(npm (install|ci)|deno add)\b|^#|^$/.test(line));

/** The blocks of a page by what is done with them. */
export interface Sorted {
  readonly code: readonly Block[];
  readonly shell: readonly Block[];
  /** Commands that install packages: it is checked that they exist. */
  readonly installs: readonly Block[];
  /** Blocks that are checked only, and why. */
  readonly checked: readonly { readonly block: Block; readonly why: string }[];
}

/** Sorts the blocks of a page. */
export function sortBlocks({ blocks }: Page): Sorted {
  const ours = blocks.filter((block) => isCode(block) || isShell(block));
  const run = ours.filter(({ notRun }) => notRun === undefined);
  return {
    code: run.filter(isCode),
    shell: run.filter((block) => isShell(block) && !isInstall(block)),
    installs: run.filter((block) => isShell(block) && isInstall(block)),
    checked: ours.flatMap((block) => {
      const { notRun: why } = block;
      return why === undefined ? [] : [{ block, why }];
    }),
  };
}

/** The shell text of a block; a server that it leaves running goes on in the background. */
function shellStep({ text, line }: Block): Step {
  const fails = [...text.matchAll(/^(.*)\necho \$\?\s+# (\d+)/gm)].map(
    ([, command = "", code]) => [command, Number(code)] as const,
  );
  const lines = text.split("\n").map((each) => {
    if (!/^(npx )?hdl-server serve /.test(each)) return each;
    const port = /--https-port (\d+)/.exec(each)?.[1] ?? "$PORT_8000";
    return `${each.replace(/\s*&\s*$/, "")} &\nready ${port}`;
  });
  return { line, command: `{\n${lines.join("\n")}\n}`, fails, prints: [] };
}

const HEAD = `
set -E
ready() { for _ in $(seq 400); do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.05; done; false; }
trap 'printf "%s\\t%s\\t%s\\n" "$STEP" "$?" "$BASH_COMMAND" >> "$HOME/.failed"' ERR
trap 'trap - ERR; kill $(jobs -p) 2>/dev/null; wait' EXIT
: > "$HOME/.failed"
cd "$HOME"
`;

/** Returns what is wrong with the lines that a program printed. */
function compare(expected: readonly string[], printed: string): readonly string[] {
  const plain = (text: string) => text.trim().replace(/\s+/g, " ");
  const rest = printed.split("\n").map(plain);
  return expected.flatMap((line) => {
    const parts = plain(line.replace(/\.\.\.$/, "…")).split("…");
    const pattern = new RegExp(`^${parts.map((part) => escapePattern(part.trim())).join(".*")}$`);
    const at = rest.findIndex((each) => pattern.test(each));
    if (at < 0) return [`does not print ${line}; printed: ${rest.slice(0, 8).join(" / ")}`];
    rest.splice(0, at + 1);
    return [];
  });
}

const escapePattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/**
 * Runs the blocks of a page, in one shell and one folder.
 *
 * @returns what went wrong, with the line of the page
 */
export async function runPage(page: Page, folder: string): Promise<readonly string[]> {
  const { code, shell, installs } = sortBlocks(page);
  const text = [...code, ...shell].map((block) => block.text).join("\n");
  const sandbox = await createSandbox(folder, text);
  try {
    const programs = await composePrograms(
      code.map((block) => ({ ...block, text: sandbox.localise(block.text) })),
    );
    const steps = [
      ...[...shell, ...installs].map((block) => shellStep({ ...block, text: sandbox.localise(block.text) })),
      ...(await Promise.all(programs.map((program) => writeProgram(program, sandbox.folder)))),
    ].sort((a, b) => a.line - b.line);
    const script = steps.map(
      ({ command }, at) => `STEP=${at}\n${command} > "$HOME/.${at}.out" 2> "$HOME/.${at}.err"\n`,
    );
    await writeFile(join(folder, ".script.sh"), `${HEAD}${script.join("")}`, { mode: 0o600 });
    const shown = await runBash(folder, sandbox.env);
    return await judge(page.name, folder, steps, shown);
  } finally {
    await sandbox.stop();
  }
}

async function writeProgram({ blocks, code, prints }: Program, folder: string): Promise<Step> {
  const line = blocks.at(-1)?.line ?? 0;
  const isSuite = /from "vitest"/.test(code);
  const name = `line-${line}${isSuite ? ".test" : ""}.mjs`;
  await writeFile(join(folder, name), code);
  const vitest = `node node_modules/vitest/vitest.mjs run --root . --testTimeout 120000 ${name}`;
  return { line, command: isSuite ? vitest : `node ${name}`, fails: [], prints };
}

async function runBash(folder: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn("bash", ["--noprofile", "--norc", join(folder, ".script.sh")], {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let shown = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    shown += chunk;
  });
  await new Promise((resolve) => child.on("close", resolve));
  return shown;
}

async function judge(
  name: string,
  folder: string,
  steps: readonly Step[],
  shown: string,
): Promise<readonly string[]> {
  const failed = (await readFile(join(folder, ".failed"), "utf8"))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
  const output = (at: number, stream: string) =>
    readFile(join(folder, `.${at}.${stream}`), "utf8").catch(() => undefined);
  const problems: string[] = shown === "" ? [] : [`${name}: the shell says ${shown.slice(0, 500)}`];
  for (const [at, { line, fails, prints }] of steps.entries()) {
    const [stdout, stderr] = await Promise.all([output(at, "out"), output(at, "err")]);
    if (stdout === undefined) problems.push(`${name}:${line}: was not run`);
    const expected = [...fails];
    for (const [step, status, command] of failed) {
      if (step !== String(at)) continue;
      const known = expected.findIndex(([line, code]) => line === command && code === Number(status));
      if (known >= 0) expected.splice(known, 1);
      else problems.push(`${name}:${line}: ${command} ended with ${status}: ${stderr?.slice(-600)}`);
    }
    for (const [command, code] of expected) {
      problems.push(`${name}:${line}: ${command} did not end with ${code}`);
    }
    problems.push(...compare(prints, stdout ?? "").map((problem) => `${name}:${line}: ${problem}`));
  }
  return problems;
}
