import { fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NUMBER } from "./record.mjs";

/**
 * @typedef {object} Call one kind of request. `{n}` in path and body stands for a number of eight digits
 * @property {string} method
 * @property {string} path
 * @property {Readonly<Record<string, string>>} [headers]
 * @property {string} [body]
 * @property {number} [share] of all requests, if there are several calls; together they are 1
 *
 * @typedef {object} Load
 * @property {string} url origin
 * @property {readonly Call[]} calls
 * @property {number} connections
 * @property {number} seconds
 * @property {{ from: number, count: number, next: boolean }} numbers random ones of this range, or each once in turn
 * @property {{ cert: string, key: string }} [certificate] of the client
 *
 * @typedef {{ requests: number, seconds: number, p50: number, p99: number, failed: number }} Outcome milliseconds
 */

export const HAS_WRK = spawnSync("wrk", ["--version"]).error === undefined;

const quote = (/** @type {string} */ text) => JSON.stringify(text).replace(/\\u([0-9a-f]{4})/g, "\\u{$1}");

/** A Lua expression: a text in which the numbers are replaced by the variable n. @param {string} text */
const template = (text) => text.split(NUMBER).map(quote).join("..n..");

const REPORT = `
done = function(summary, latency)
  io.write(string.format('RESULT {"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"failed":%d}\\n', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
`;

/** @param {Call} call */
function luaCall({ method, path, headers = {}, body }) {
  const table = Object.entries(headers).map(([name, value]) => `[${quote(name)}]=${quote(value)}`);
  return `wrk.format(${quote(method)}, ${template(path)}, {${table.join(", ")}}, ${body === undefined ? "nil" : template(body)})`;
}

/**
 * The script of a load for wrk. A request that is always the same is formatted once.
 *
 * @param {Load} load
 */
export function luaScript({ calls, numbers }) {
  const isFixed = calls.length === 1 && !`${calls[0]?.path}${calls[0]?.body}`.includes(NUMBER);
  if (isFixed)
    return `local r\nrequest = function() r = r or ${luaCall(calls[0] ?? { method: "", path: "" })} return r end\n${REPORT}`;
  const { from, count, next } = numbers;
  let share = 0;
  const branches = calls.map((call) => {
    share += call.share ?? 1;
    return `if r < ${share} then return ${luaCall(call)} end`;
  });
  return `local at = ${from - 1}
init = function() math.randomseed(os.time()) end
request = function()
  local r = math.random()
  ${next ? "at = at + 1" : `at = ${from} + math.random(0, ${count - 1})`}
  local n = string.format("%08d", at)
  ${branches.join("\n  ")}
end
${REPORT}`;
}

/** @param {Load} load @param {string} folder for the script, which holds the login @returns {Promise<Outcome>} */
async function runWrk(load, folder) {
  const script = join(await mkdtemp(join(folder, "load-")), "load.lua");
  await writeFile(script, luaScript(load), { mode: 0o600 });
  const { connections, seconds, url } = load;
  const child = spawn("wrk", ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", "-s", script, url], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  await once(child, "close");
  const [, result] = /^RESULT (.*)$/m.exec(output) ?? [];
  if (result === undefined) throw new Error(`wrk said:\n${output}`);
  return JSON.parse(result);
}

/** @param {Load} load @returns {Promise<Outcome>} */
async function runAutocannon(load) {
  const child = fork(fileURLToPath(new URL("autocannon.mjs", import.meta.url)));
  child.send(load);
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`autocannon ended with exit code ${code}`);
  });
  ended.catch(() => {});
  const [outcome] = await Promise.race([once(child, "message"), ended]);
  child.disconnect();
  return outcome;
}

/**
 * Runs a load in a process of its own: wrk where it is installed, else, and for a client certificate, autocannon.
 *
 * @param {Load} load
 * @param {string} folder
 */
export function run(load, folder) {
  return HAS_WRK && load.certificate === undefined ? runWrk(load, folder) : runAutocannon(load);
}
