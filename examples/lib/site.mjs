// The server of the examples: hdl-server on a data directory in a temporary folder, removed at the end. With a
// data directory as argument it is the running server of that directory instead.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { loadCredentials } from "@handlekit/credentials/file";

const SERVER = fileURLToPath(new URL("../../apps/server/bin/hdl-server.js", import.meta.url));

export const PREFIX = "20.500.12345";

/**
 * Runs `hdl-server` to its end and resolves to what it printed.
 *
 * @param {string[]} args
 */
export async function hdlServer(...args) {
  return (await promisify(execFile)(process.execPath, [SERVER, ...args])).stdout;
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/**
 * Makes a server with a prefix, its administrator and the ARDC service, and starts it.
 *
 * @param {string[]} flags more flags of `hdl-server init`
 */
export async function startSite(...flags) {
  const folder = await mkdtemp(join(tmpdir(), "handlekit-examples-"));
  const data = join(folder, "data");
  const url = `https://127.0.0.1:${await freePort()}`;
  await hdlServer("init", data, "--prefix", PREFIX, "--url", url, ...flags);
  const config = join(data, "config.json");
  const settings = JSON.parse(await readFile(config, "utf8"));
  await writeFile(config, JSON.stringify({ ...settings, ardcPrefix: PREFIX }));
  const server = spawn(process.execPath, [SERVER, "serve", data, "--access-log", "off"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kill = () => server.kill();
  process.once("exit", kill);
  await once(createInterface({ input: server.stdout }), "line");
  return {
    data,
    async stop() {
      process.off("exit", kill);
      if (server.exitCode === null && server.kill()) await once(server, "close");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Calls `run` with a server, and stops the server if it was started for this call.
 *
 * @param {(site: Awaited<ReturnType<typeof describeSite>>) => Promise<void>} run
 */
export async function withSite(run) {
  const running = process.argv.slice(2).find((word) => !word.startsWith("--"));
  if (running !== undefined) return run(await describeSite(running));
  const { data, stop } = await startSite();
  try {
    await run(await describeSite(data));
  } finally {
    await stop();
  }
}

/** @param {string} data the data directory of a server */
async function describeSite(data) {
  const credentials = await loadCredentials(join(data, "credentials-password.json"));
  const { server, login } = credentials;
  if (server === undefined || login?.kind !== "password") throw new Error(`${data} has no password.`);
  return {
    data,
    /** The origin of the server. */
    server,
    /** The certificate to trust, PEM. */
    ca: await readFile(join(data, "server-certificate.pem"), "utf8"),
    /** The credentials of the administrator, for `createClient` and `createAuth`. */
    credentials,
    certificate: () => loadCredentials(join(data, "credentials-certificate.json")),
  };
}

/**
 * Returns a handle that no other run uses.
 *
 * @param {string} name
 */
export const newHandle = (name) => `${PREFIX}/${name}-${crypto.randomUUID()}`;

/** The values of a new handle: a URL, and the HS_ADMIN value without which nobody may change it. */
export const VALUES = [
  { index: 1, type: "URL", data: "https://example.org/" },
  {
    index: 100,
    type: "HS_ADMIN",
    data: {
      format: "admin",
      value: { handle: `0.NA/${PREFIX}`, index: 200, permissions: "011111110011" },
    },
  },
];
