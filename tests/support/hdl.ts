import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const script = (app: string) => fileURLToPath(new URL(`../../apps/${app}/dist/main.js`, import.meta.url));

/** What a finished command left. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(
  app: "cli" | "server",
  args: readonly string[],
  input = "",
  nodeFlags: readonly string[] = [],
) {
  const file = script(app);
  if (!existsSync(file)) throw new Error(`${file} is missing: run npm run build first`);
  const child = spawn(process.execPath, [...nodeFlags, file, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(input);
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text.stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text.stderr += chunk;
  });
  const finished = new Promise<Finished>((resolve) =>
    child.on("close", (code) => resolve({ code, ...text })),
  );
  return { child, text, finished };
}

/** Runs `hdl` as a user does. */
export function hdl(...args: readonly string[]): Promise<Finished> {
  return start("cli", args).finished;
}

/** Runs `hdl` for somebody who reads nothing of what it prints. */
export function hdlIntoClosedPipe(...args: readonly string[]): Promise<Finished> {
  const { child, finished } = start("cli", args);
  child.stdout.destroy();
  return finished;
}

/** Runs `hdl-server` to its end. */
export function hdlServer(...args: readonly string[]): Promise<Finished> {
  return start("server", args).finished;
}

/** Runs `hdl-server` with a text on its standard input. */
export function hdlServerWith(input: string, ...args: readonly string[]): Promise<Finished> {
  return start("server", args, input).finished;
}

/** A running `hdl-server serve`. */
export interface Served {
  readonly urls: readonly string[];
  /** The URL of its metrics, if it has some. */
  readonly metrics: string | undefined;
  readonly pid: number;
  /** What it wrote so far. */
  readonly text: { readonly stdout: string; readonly stderr: string };
  /** Sends it a signal. */
  signal(name: NodeJS.Signals): void;
  /** Ends reading what it writes to standard error. */
  closeLog(): void;
  /** Ends it with a signal and waits. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<Finished>;
}

/** Starts `hdl-server serve` and waits until it listens. */
export function serve(directory: string, ...flags: readonly string[]): Promise<Served> {
  return serveWith([], directory, ...flags);
}

/** Starts `hdl-server serve` as {@link serve} does, with flags for Node. */
export async function serveWith(
  nodeFlags: readonly string[],
  directory: string,
  ...flags: readonly string[]
): Promise<Served> {
  const { child, text, finished } = start("server", ["serve", directory, ...flags], "", nodeFlags);
  const ready = new Promise<{ urls: string[]; metrics?: string }>((resolve) => {
    child.stdout.on("data", () => {
      const line = /^\{"ready":true.*$/m.exec(text.stdout)?.[0];
      if (line !== undefined) resolve(JSON.parse(line) as { urls: string[]; metrics?: string });
    });
  });
  const ended = finished.then(({ code, stderr }) => {
    throw new Error(`hdl-server ended with ${code} before it was ready: ${stderr}`);
  });
  const { urls, metrics } = await Promise.race([ready, ended]);
  return {
    urls,
    metrics,
    pid: child.pid ?? 0,
    text,
    signal: (name) => void child.kill(name),
    closeLog: () => void child.stderr.destroy(),
    stop(signal = "SIGTERM") {
      child.kill(signal);
      return finished;
    },
  };
}
