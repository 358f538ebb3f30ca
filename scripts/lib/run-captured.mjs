import { spawn } from "node:child_process";

/**
 * Runs a program and resolves to its output, both streams in order of arrival.
 *
 * @param {readonly [string, ...string[]]} command the program and its arguments
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ good: boolean, output: string }>}
 */
export function runCaptured([program, ...args], { cwd, env }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    /** @type {Buffer[]} */
    const chunks = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    child.on("error", (error) => resolve({ good: false, output: `${program}: ${error.message}` }));
    child.on("close", (code, signal) => {
      const output = Buffer.concat(chunks).toString("utf8");
      const silent = code !== 0 && output.trim() === "";
      const why = `${program} printed nothing, and ended with ${signal ?? `exit code ${code}`}`;
      resolve({ good: code === 0, output: silent ? why : output });
    });
  });
}
