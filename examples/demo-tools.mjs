// Shared by the parts of the demo: running the commands, showing the code of a step, a free port.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const COMMANDS = { cli: "cli/bin/hdl.js", server: "server/bin/hdl-server.js" };
const bin = (app) => fileURLToPath(new URL(`../apps/${COMMANDS[app]}`, import.meta.url));

export const say = (line = "") => console.log(line);

/** Runs a step and shows its code first: the text of the function, which is what runs. */
export async function step(title, run) {
  const code = String(run).replace(/^(async )?\(\) =>\s*/, "");
  say(`${title}:`);
  say(`await ${code};`.replace(/^ {4,}(?=\S)/gm, (indent) => indent.slice(4)).replace(/^/gm, "  "));
  return await run();
}

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/** Shows a command line. */
export function sayCommand(name, args) {
  const words = args.map((word) => (/[\s"$&;|]/.test(word) ? JSON.stringify(word) : word));
  say(`$ ${[name, ...words].join(" ")}`);
}

/** Runs a command, its output going to the terminal. */
export async function run(name, app, ...args) {
  sayCommand(name, args);
  const child = spawn(process.execPath, [bin(app), ...args], { stdio: ["ignore", "inherit", "inherit"] });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
}

/** Runs a command and returns its output. */
export async function capture(app, ...args) {
  const child = spawn(process.execPath, [bin(app), ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (chunk) => {
      text[name] += chunk;
    });
  }
  const [code] = await once(child, "close");
  return { code, ...text };
}

/** Starts hdl-server on a data directory and waits until it listens. */
export async function startServer(data, ...flags) {
  say();
  sayCommand("hdl-server", ["serve", data, ...flags]);
  const server = spawn(
    process.execPath,
    [bin("server"), "serve", data, "--log-level", "warn", "--access-log", "off", ...flags],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  process.once("exit", () => server.kill());
  const [ready] = await once(createInterface({ input: server.stdout }), "line");
  say(ready);
  return {
    async stop() {
      if (server.exitCode !== null) return;
      server.kill();
      await once(server, "close");
    },
  };
}
