import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { runCaptured } from "../run-captured.mjs";

/** @typedef {import("./programs.mjs").Command} Command */

export const PREFIX = "20.500.12345";

/** @returns {Promise<number>} a port that was free a moment ago */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/**
 * The command of one of our programs, as it is installed in a folder.
 *
 * @param {Command} runtime
 * @param {string} installed
 * @param {"cli" | "server"} app
 * @returns {Command}
 */
export function programOf(runtime, installed, app) {
  const file = app === "cli" ? "hdl.js" : "hdl-server.js";
  return [...runtime, join(installed, "node_modules/@handlekit", app, "bin", file)];
}

/**
 * @typedef {object} Site a running `hdl-server`
 * @property {string} origin
 * @property {string} data its data directory
 * @property {Readonly<Record<string, string>>} credentials the files of the administrator: `password`, `certificate`
 * @property {(app: "cli" | "server", ...args: string[]) => Promise<string>} run runs one of our programs and resolves
 *   to what it printed; throws if it fails
 * @property {() => Promise<void>} stop
 */

/**
 * Makes a data directory with a prefix and the ARDC service by `hdl-server` of an installation, and serves it.
 *
 * @param {Command} runtime
 * @param {string} installed
 * @returns {Promise<Site>}
 */
export async function startSite(runtime, installed) {
  const folder = await mkdtemp(join(installed, "site-"));
  const data = join(folder, "data");
  const origin = `https://127.0.0.1:${await freePort()}`;

  /** @type {Site["run"]} */
  const run = async (app, ...args) => {
    const { good, output } = await runCaptured([...programOf(runtime, installed, app), ...args], {
      cwd: folder,
    });
    if (!good) throw new Error(`${app} ${args.slice(0, 2).join(" ")} failed: ${output.trim().slice(-1000)}`);
    return output;
  };

  await run("server", "init", data, "--prefix", PREFIX, "--url", origin);
  const config = join(data, "config.json");
  const settings = JSON.parse(await readFile(config, "utf8"));
  await writeFile(config, JSON.stringify({ ...settings, ardcPrefix: PREFIX }));
  const [program, ...args] = programOf(runtime, installed, "server");
  const server = spawn(program, [...args, "serve", data, "--access-log", "off"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  server.stderr.on("data", (chunk) => {
    log = `${log}${chunk}`.slice(-2000);
  });
  const ended = once(server, "close");
  const ready = await Promise.race([once(createInterface({ input: server.stdout }), "line"), ended]);
  if (!String(ready[0]).includes('"ready"')) throw new Error(`hdl-server did not start: ${log}`);
  return {
    origin,
    data,
    credentials: {
      password: join(data, "credentials-password.json"),
      certificate: join(data, "credentials-certificate.json"),
    },
    run,
    async stop() {
      server.kill();
      const [code] = await ended;
      await rm(folder, { recursive: true, force: true });
      if (code !== 0) throw new Error(`hdl-server ended with ${code} after SIGTERM: ${log}`);
    },
  };
}
