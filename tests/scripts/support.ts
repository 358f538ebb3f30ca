import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** A module of scripts/lib, which is plain JavaScript; the test says of which form it is. */
export async function loadLibrary<T>(name: string): Promise<T> {
  return (await import(/* @vite-ignore */ join(repository, "scripts/lib", name))) as T;
}

/** An empty folder that is gone when the test has ended. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "handlekit-scripts-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Files by their paths: a text as it is, anything else as JSON; undefined leaves a file out. */
export type Files = Readonly<Record<string, unknown>>;

/** Writes files into a folder of their own. */
export function createTree(files: Files): string {
  const root = createFolder();
  for (const [path, content] of Object.entries(files)) {
    if (content === undefined) continue;
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  }
  return root;
}

/** Puts a copy of our scripts into a tree, so that they take it for the repository. */
export function addScripts(root: string): void {
  cpSync(join(repository, "scripts"), join(root, "scripts"), { recursive: true });
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
}

/** What a script printed, both streams together, and how it ended. */
export interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a script of scripts/, or one of another tree, given by its absolute path. */
export function runScript(script: string, ...args: readonly string[]): Promise<Outcome> {
  // Vitest's own variables would make a vitest that the script starts take itself for a worker.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST"));
  const env = { ...Object.fromEntries(inherited), TMPDIR: createFolder() };
  return new Promise((resolve, reject) => {
    const file = join(script.startsWith("/") ? "" : join(repository, "scripts"), script);
    const child = spawn(process.execPath, [file, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output: Buffer.concat(chunks).toString("utf8") }));
  });
}
