import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { get } from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** @typedef {import("./usage.mjs").Usage} Usage */

const file = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** The next message of a child; rejects when it ends instead. @param {import("node:child_process").ChildProcess} child */
async function nextMessage(child) {
  const over = new AbortController();
  const ended = once(child, "exit", { signal: over.signal }).then(([code]) => {
    throw new Error(`${child.spawnargs.slice(1).join(" ")} ended with exit code ${code}`);
  });
  ended.catch(() => {});
  try {
    return await Promise.race([once(child, "message").then(([message]) => message), ended]);
  } finally {
    over.abort();
  }
}

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
    /** @param {number} from @param {number} count of records to write past HTTP */
    fill: (from, count) => ask({ fill: { from, count } }),
    async end() {
      if (child.exitCode !== null) return;
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    },
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
