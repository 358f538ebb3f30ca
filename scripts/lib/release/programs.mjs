import { tmpdir } from "node:os";
import { runCaptured } from "../run-captured.mjs";

/** @typedef {[string, ...string[]]} Command */

/**
 * @typedef {object} Runtime
 * @property {string} name such as `Node 24`
 * @property {string} spec the npm package that has it
 * @property {string} program
 * @property {string[]} flags before the file that is run
 */

// Without the configuration Deno uses the installed packages as Node does.
const DENO = ["run", "-A", "--no-lock", "--no-config", "--node-modules-dir=manual"];

/** @type {readonly Runtime[]} */
export const RUNTIMES = [
  { name: "Node 20", spec: "node@20", program: "node", flags: [] },
  { name: "Node 22", spec: "node@22", program: "node", flags: [] },
  { name: "Node 24", spec: "node@24", program: "node", flags: [] },
  { name: "Deno 2", spec: "deno@2.9.6", program: "deno", flags: DENO },
  { name: "Bun 1", spec: "bun@1.4.5", program: "bun", flags: ["run"] },
];

/** pnpm for the oldest Node that is supported. */
export const PNPM = { spec: "pnpm@10", program: "pnpm" };

/**
 * Fetches a program from the npm registry, unless npm has it already, and resolves to its path.
 *
 * @param {{ spec: string, program: string }} wanted
 * @returns {Promise<string>}
 * @throws Error if the registry does not answer
 */
export async function fetchProgram({ spec, program }) {
  const command = /** @type {const} */ (["npx", "-y", "-p", spec, "-c", `command -v ${program}`]);
  const { good, output } = await runCaptured([...command], { cwd: tmpdir() });
  const path = output.trim().split("\n").at(-1) ?? "";
  if (!good || !path.startsWith("/"))
    throw new Error(`npm did not get ${spec}: ${output.trim().slice(-200)}`);
  return path;
}

/**
 * Returns a runtime as the beginning of a command line that runs a file.
 *
 * @param {Runtime} runtime
 * @returns {Promise<Command>}
 */
export const commandOf = async (runtime) => [await fetchProgram(runtime), ...runtime.flags];
