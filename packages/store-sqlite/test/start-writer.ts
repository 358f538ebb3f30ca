import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Makes a program that Node runs of a TypeScript file beside this one. It uses the built package, with its thread. */
export async function buildProgram(source: string, outfile: string): Promise<void> {
  const built = new URL("../dist/mod.js", import.meta.url).href;
  await build({
    entryPoints: [fileURLToPath(new URL(source, import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@handlekit/source"],
    logLevel: "error",
    plugins: [
      {
        name: "the built package",
        setup: ({ onResolve }) =>
          onResolve({ filter: /src\/mod\.ts$/ }, () => ({ path: built, external: true })),
      },
    ],
  });
}

/** A process that prints "lane count" for each write that was acknowledged. */
export interface Writer {
  readonly child: ChildProcess;
  /** Settles when the process has ended and all its output is here. */
  readonly ended: Promise<unknown>;
  /** The last count of each lane. */
  readonly acknowledged: Map<string, number>;
  /** Every line, in order. */
  readonly lines: string[];
}

/** Starts a writing process; `onLine` is called with the number of lines so far. */
export function startWriter(
  program: string,
  args: readonly string[],
  onLine?: (lines: number, child: ChildProcess) => void,
): Writer {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const acknowledged = new Map<string, number>();
  const lines: string[] = [];
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const complete = (rest + chunk).split("\n");
    rest = complete.pop() ?? "";
    for (const line of complete) {
      const [lane = "", count] = line.split(" ");
      acknowledged.set(lane, Number(count));
      lines.push(line);
      onLine?.(lines.length, child);
    }
  });
  return { child, ended: once(child, "close"), acknowledged, lines };
}
