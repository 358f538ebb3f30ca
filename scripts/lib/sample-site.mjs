import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { REPOSITORY } from "./workspaces.mjs";

/** A port that nothing listens on. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/**
 * Makes a folder with `hdl` and `hdl-server` on its path, in which pictures are taken.
 */
export async function createSampleSite() {
  const folder = await mkdtemp(join(tmpdir(), "handlekit-sample-"));
  const bin = join(folder, ".bin");
  await mkdir(bin);
  for (const [name, app] of [
    ["hdl", "cli"],
    ["hdl-server", "server"],
  ]) {
    const file = join(bin, name ?? "");
    const main = join(REPOSITORY, `apps/${app}/dist/main.js`);
    await writeFile(file, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
    await chmod(file, 0o755);
  }
  const port = await freePort();
  const path = `${bin}${delimiter}${process.env.PATH ?? ""}`;
  const env = { ...process.env, PATH: path, HOME: folder, LANG: "C.UTF-8", TERM: "xterm", SHELL: "/bin/sh" };
  /** @type {import("node:child_process").ChildProcess | undefined} */
  let server;
  return {
    folder,
    env,
    url: `https://127.0.0.1:${port}`,
    /** Runs `hdl` or `hdl-server` to its end. @param {string} program @param {string[]} args */
    async run(program, ...args) {
      return (await promisify(execFile)(join(bin, program), args, { cwd: folder, env })).stdout;
    },
    /** Starts the server of the folder `data`. */
    async serve() {
      server = spawn(
        join(bin, "hdl-server"),
        ["serve", "data", "--access-log", "off", "--log-level", "error"],
        {
          cwd: folder,
          env,
          stdio: ["ignore", "pipe", "inherit"],
        },
      );
      if (server.stdout) await once(createInterface({ input: server.stdout }), "line");
    },
    async remove() {
      if (server?.exitCode === null && server.kill()) await once(server, "close");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
