import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const FINDINGS: string = fileURLToPath(new URL("findings/", import.meta.url));

/** An input that a target failed with. */
export interface Finding {
  readonly target: string;
  /** The seed of the run that found it. */
  readonly seed: number;
  readonly input: Uint8Array;
  /** What was wrong when it was found. */
  readonly problem: string;
}

const fileOf = (target: string, input: Uint8Array) =>
  join(FINDINGS, `${target}-${createHash("sha256").update(input).digest("hex").slice(0, 12)}.json`);

/** Writes a finding into a file of its own, from where every later run replays it. */
export async function saveFinding(finding: Finding): Promise<Finding> {
  const { target, seed, input, problem } = finding;
  const text = Buffer.from(input).toString("utf8").slice(0, 400);
  // Paths of this machine in a stack are of no use to anybody else.
  const first = problem.split("\n")[0] ?? "";
  await mkdir(FINDINGS, { recursive: true });
  await writeFile(
    fileOf(target, input),
    `${JSON.stringify({ target, seed, problem: first, text, input: Buffer.from(input).toString("base64") }, null, 2)}\n`,
  );
  return finding;
}

/** Reads all findings that were kept. */
export async function readFindings(): Promise<Finding[]> {
  const names = await readdir(FINDINGS).catch(() => []);
  return Promise.all(
    names
      .filter((name) => name.endsWith(".json"))
      .sort()
      .map(async (name) => {
        const { input, ...rest } = JSON.parse(await readFile(join(FINDINGS, name), "utf8"));
        return { ...rest, input: new Uint8Array(Buffer.from(input, "base64")) } as Finding;
      }),
  );
}
