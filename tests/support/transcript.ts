import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** One command of a transcript and the lines that it printed. */
export interface Entry {
  readonly command: string;
  readonly output: string;
}

const BLOCK = /^```console\n(.*?)^```$/gms;
const MARK = "\u0001";

/** Reads the ```console blocks of a page. A line that begins with `$ ` is a command, with `> ` its continuation. */
export function readTranscript(page: string): readonly (readonly Entry[])[] {
  return [...page.matchAll(BLOCK)].map(([, text = ""]) => {
    const entries: { command: string; output: string }[] = [];
    for (const line of text.split("\n").slice(0, -1)) {
      const last = entries.at(-1);
      if (line.startsWith("$ ")) entries.push({ command: line.slice(2), output: "" });
      else if (last === undefined) throw new Error(`a block begins with ${line}, which is no command`);
      else if (/^>( |$)/.test(line) && last.output === "") last.command += `\n${line.slice(2)}`;
      else last.output += `${line}\n`;
    }
    return entries;
  });
}

/** Returns a page with other blocks in the place of its own. */
export function replaceTranscript(page: string, blocks: readonly (readonly Entry[])[]): string {
  let at = 0;
  return page.replace(BLOCK, () => {
    const text = (blocks[at++] ?? []).map(
      ({ command, output }) =>
        `$ ${command.replaceAll("\n", "\n> ").replaceAll("\n> \n", "\n>\n")}\n${output}`,
    );
    return `\`\`\`console\n${text.join("")}\`\`\``;
  });
}

/** Puts `hdl` and `hdl-server` into a folder of programs, and returns it. */
export async function installPrograms(folder: string): Promise<string> {
  const bin = join(folder, "bin");
  await mkdir(bin);
  for (const [name, app] of [
    ["hdl", "cli"],
    ["hdl-server", "server"],
  ] as const) {
    const script = fileURLToPath(new URL(`../../apps/${app}/dist/main.js`, import.meta.url));
    await writeFile(join(bin, name), `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`, {
      mode: 0o755,
    });
  }
  return bin;
}

/** Runs commands in one shell, one after the other, and returns what each printed, stdout and stderr together. */
export async function runTranscript(
  commands: readonly string[],
  {
    folder,
    bin,
    env,
  }: { readonly folder: string; readonly bin: string; readonly env: Record<string, string> },
): Promise<readonly string[]> {
  const script = commands
    .map((command) => `__status=$?; printf '${MARK}'; (exit $__status)\n${command}\n`)
    .join("");
  // Not as an argument, which other users could read: the commands contain passwords.
  const scripts = await mkdtemp(join(tmpdir(), "handlekit-"));
  const file = join(scripts, "commands.sh");
  await writeFile(file, `exec 2>&1\n${script}`, { mode: 0o600 });
  const child = spawn("bash", ["--noprofile", "--norc", file], {
    cwd: folder,
    env: { PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`, HOME: folder, LANG: "C.UTF-8", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  await new Promise((resolve) => child.on("close", resolve));
  await rm(scripts, { recursive: true });
  return text.split(MARK).slice(1);
}

/** Parts of an output that differ from run to run, and the text that stands for each. */
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "2026-01-01T00:00:00Z"],
  [
    /\b[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}\b/gi,
    "4ca9fda3-1b25-4c67-8f5a-6f0c1cdbb3a0",
  ],
  [
    /\b[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}\b/gi,
    "019b76da-a800-7a12-9c3f-2f1c1d9a7be4",
  ],
  [/\bhttps:\/\/127\.0\.0\.1:\d+/g, "https://127.0.0.1:8000"],
  [/\b127\.0\.0\.1:\d+/g, "127.0.0.1:8000"],
  [/\b\d+ ms\b/g, "12 ms"],
  [/\b\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d\b/g, "2026-01-01 to 2035-12-30"],
  [/\b(valid until) \d{4}-\d\d-\d\d\b/g, "$1 2035-12-30"],
  [
    /(SHA-256 |sha256:|"fingerprint":")[\da-f]{64}\b/g,
    "$19f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  ],
  [
    /("number":\d+,"digest":")[\da-f]{64}\b/g,
    "$19f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  ],
  [/"n":"[\w-]+"/g, '"n":"r1jJ3K"'],
  [/(shown only now: )\S+/g, "$1b3kx7t2m"],
  [/\bsha256:[\dA-F]{2}(:[\dA-F]{2}){31}/g, `sha256:${Array(32).fill("3F").join(":")}`],
];

/** Replaces what differs from run to run. Names and NOID suffixes are those that the page uses. */
export function mask(text: string, folder: string): string {
  const masked = VOLATILE.reduce((all, [pattern, by]) => all.replace(pattern, by), text);
  return masked
    .replaceAll(folder, "~")
    .replace(/(20\.500\.12345\/)[\dbcdfghjkmnpqrstvwxz]{8}\b/g, "$1b3kx7t2m")
    .replace(/(20\.500\.12345\/scan-)[\dbcdfghjkmnpqrstvwxz]{7}\b/g, "$15rx09dk");
}
