import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { get } from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { end, nextMessage } from "../child.mjs";

/** @typedef {import("./usage.mjs").Usage} Usage */

const file = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Starts a child that listens, and can be asked what it used.
 *
 * @param {string} program its file
 * @param {object} what it is told first
 * @param {readonly string[]} [execArgv]
 */
export async function start(program, what, execArgv = []) {
  const child = fork(file(program), { execArgv: [...execArgv] });
  child.send(what);
  /** @type {{ http: string, https: string }} */
  const { http, https } = await nextMessage(child);
  /** @param {object} message @returns {Promise<Usage & { counts?: Record<string, number> }>} */
  const ask = (message) => {
    child.send(message);
    return nextMessage(child);
  };
  return {
    http,
    https,
    usage: () => ask({}),
    /**
     * Resolves when these records, and those of the loads before, are in the search index.
     *
     * @param {number} from @param {number} count of records to write past HTTP
     */
    fill: (from, count) => ask({ fill: { from, count } }),
    end: () => end(child),
  };
}

/** @param {string} url @returns {Promise<number | undefined>} the status */
const statusOf = (url) =>
  new Promise((resolve, reject) => {
    get(url, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once("error", reject);
  });

/**
 * How long hdl-server takes from its start to its first answer, in milliseconds.
 *
 * @param {string} directory
 * @param {string} path that is asked for
 */
export async function timeToAnswer(directory, path) {
  const program = file("../../../apps/server/bin/hdl-server.js");
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [program, "serve", directory, "--https-port", "0", "--http-port", "0", "--access-log", "off"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  /** @type {{ urls: string[] }} */
  const { urls } = JSON.parse(line);
  const status = await statusOf(`${urls.find((url) => url.startsWith("http:"))}${path}`);
  const milliseconds = performance.now() - began;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
  if (status !== 200) throw new Error(`The first answer of hdl-server has status ${status}.`);
  return milliseconds;
}
