import { spawn } from "node:child_process";
import { createReadStream, existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { createLineReader } from "./lines.mjs";
import { argumentsOf, updateDescendants } from "./processes.mjs";

/**
 * @typedef {object} Leak
 * @property {string} where such as `stdout line 12`
 * @property {"text" | "hex" | "base64"} spelling
 * @property {string} text redacted
 *
 * @typedef {ReturnType<typeof import("./canary.mjs").createCanaryFinder>} Finder
 */

const WATCH_INTERVAL_MS = 50;
const PIPES_MAY_STAY_OPEN_MS = 3_000;

/**
 * Runs a program and prints its output line by line, with words that contain the canary redacted. Where there is a
 * /proc, it also checks the argument lists of the program and of its descendants every 50 ms; a process that ends sooner
 * may be missed.
 *
 * @param {object} options
 * @param {string} options.command
 * @param {string[]} options.args
 * @param {Finder} options.finder
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {string} [options.cwd]
 * @param {(stream: "stdout" | "stderr", text: string) => void} options.print
 * @param {(leak: Leak) => void} options.onLeak
 * @param {(stop: (signal: NodeJS.Signals) => void) => void} [options.onStart] receives a function that sends
 *   a signal to the program and its descendants
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
export function runWatched({ command, args, finder, env, cwd, print, onLeak, onStart }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["inherit", "pipe", "pipe"] });

    const readers = /** @type {const} */ (["stdout", "stderr"]).map((stream) => {
      const lines = createLineReader((line, number, ended) => {
        const plain = stripVTControlCharacters(line);
        const spelling = finder.find(plain);
        if (spelling) onLeak({ where: `${stream} line ${number}`, spelling, text: finder.redact(plain) });
        print(stream, (spelling ? finder.redact(plain) : line) + (ended ? "\n" : ""));
      });
      child[stream].on("data", lines.push);
      return lines;
    });

    const known = new Set(child.pid === undefined ? [] : [child.pid]);
    /** @type {Set<number>} */
    const reported = new Set();
    const look = () => {
      updateDescendants(known);
      for (const pid of known) {
        const list = argumentsOf(pid);
        const spelling = reported.has(pid) ? undefined : finder.find(list.join("\n"));
        if (!spelling) continue;
        reported.add(pid);
        const text = finder.redact(list.join(" "));
        onLeak({ where: `argument list of process ${pid}`, spelling, text });
      }
    };
    const watch = existsSync("/proc/self/stat") ? setInterval(look, WATCH_INTERVAL_MS) : undefined;

    onStart?.((signal) => {
      for (const pid of known) {
        try {
          process.kill(pid, signal);
        } catch {
          // It has ended.
        }
      }
    });
    child.on("error", (error) => {
      clearInterval(watch);
      reject(error);
    });
    child.on("exit", () => {
      // A process left behind may hold the pipes open: do not wait for it.
      const cut = () => [child.stdout, child.stderr].forEach((stream) => void stream.destroy());
      setTimeout(cut, PIPES_MAY_STAY_OPEN_MS).unref();
    });
    child.on("close", (code, signal) => {
      clearInterval(watch);
      for (const lines of readers) lines.end();
      resolve({ code, signal });
    });
  });
}

/**
 * Searches all files below a directory for the canary.
 *
 * @param {string} directory
 * @param {Finder} finder
 * @returns {Promise<Leak[]>}
 */
export async function searchFiles(directory, finder) {
  /** @type {Leak[]} */
  const leaks = [];
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const file = join(entry.parentPath, entry.name);
    const lines = createLineReader((line, number) => {
      const spelling = finder.find(line);
      if (spelling) leaks.push({ where: `${file} line ${number}`, spelling, text: finder.redact(line) });
    });
    for await (const chunk of createReadStream(file)) lines.push(chunk);
    lines.end();
  }
  return leaks;
}
