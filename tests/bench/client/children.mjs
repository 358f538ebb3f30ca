import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { end, nextMessage } from "../child.mjs";
import { HANDLE, IDENTITY, NEW_EMAIL, PASSWORD } from "./record.mjs";

/**
 * @typedef {{ rate: number, cpu: number, p50: number, p99: number }} Sample per second, µs an operation, ms, ms
 * @typedef {object} Child a process that waits to be asked
 * @property {string} name
 * @property {string} versions
 * @property {boolean} sequential true when it cannot have several operations in flight
 * @property {string[]} operations
 * @property {(operation: string, inFlight: number, seconds: number) => Promise<Sample>} measure
 * @property {() => Promise<void>} end
 */

const file = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** @param {{ key: string, certificate: string }} tls */
export async function startServer(tls) {
  const child = fork(file("canned-server.mjs"));
  child.send(tls);
  const { http, https } = /** @type {{ http: string, https: string }} */ (await nextMessage(child));
  return { http, https, end: () => end(child) };
}

/**
 * @param {string} name
 * @param {import("./subjects.mjs").Site} site
 * @param {string} caFile
 * @param {string[]} execArgv
 * @returns {Promise<Child>}
 */
export async function startNode(name, site, caFile, execArgv = []) {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: caFile };
  const child = fork(file("measure.mjs"), [name], { env, execArgv });
  child.send({ site });
  const { operations } = await nextMessage(child);
  return {
    name,
    versions: `Node ${process.versions.node}`,
    sequential: false,
    operations,
    async measure(operation, inFlight, seconds) {
      child.send({ operation, inFlight, seconds });
      return nextMessage(child);
    },
    end: () => end(child),
  };
}

/**
 * requests.Session under python3; undefined where there is none.
 *
 * @param {import("./subjects.mjs").Site} site
 * @param {string} caFile
 * @returns {Promise<Child | undefined>}
 */
export async function startPython({ http, https }, caFile) {
  const child = spawn("python3", [file("requests_session.py")], { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  /** @param {object} message */
  const ask = async (message) => {
    child.stdin.write(`${JSON.stringify(message)}\n`);
    const { value, done } = await lines.next();
    return done ? undefined : JSON.parse(value);
  };
  const spawned = await once(child, "spawn").catch(() => undefined);
  const login = { handle: HANDLE, identity: IDENTITY, password: PASSWORD, newEmail: NEW_EMAIL };
  const ready = spawned && (await ask({ http, https, caFile, ...login }));
  if (!ready) return undefined;
  return {
    name: "requests.Session",
    versions: ready.versions,
    sequential: true,
    operations: ready.operations,
    measure: (operation, _inFlight, seconds) => ask({ operation, seconds }),
    end: () => end(child),
  };
}
