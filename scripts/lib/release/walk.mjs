import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { splitMarkdown } from "../readme.mjs";
import { runCaptured } from "../run-captured.mjs";
import { PREFIX, programOf, startSite } from "./site.mjs";

/** @typedef {import("./programs.mjs").Command} Command */
/** @typedef {import("./site.mjs").Site} Site */

/** Examples that need no server, and what they print. */
const EXAMPLES = {
  "04-strategy-with-nonce.mjs": "3 reads, refused before there was a nonce: 1",
  "06-express.mjs": `/hdl/${PREFIX}/abc -> 302 https://example.org/abc`,
  "09-worker.mjs": `/${PREFIX}/abc -> 302 https://example.org/abc`,
};

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * Uses `hdl` of a runtime with a login.
 *
 * @param {Command} runtime
 * @param {string} installed
 * @param {string} file credentials
 */
async function useCommand(runtime, installed, file) {
  const handle = `${PREFIX}/walk`;
  /** @param {string[]} args */
  const hdl = async (...args) => {
    const command = programOf(runtime, installed, "cli");
    const { good, output } = await runCaptured([...command, ...args, "-c", file], { cwd: installed });
    if (!good) throw new Error(`hdl ${args[0]} failed: ${output.trim().slice(-1000)}`);
    return output;
  };
  await hdl("create", handle, "URL=https://example.org/");
  const shown = await hdl("get", handle, "--value", "URL");
  if (!shown.includes("https://example.org/")) throw new Error(`hdl get printed ${shown}`);
  await hdl("delete", handle, "--yes");
}

/**
 * Reads a record by `hdl` with the permissions that its README names.
 *
 * @param {string} root
 * @param {string} deno
 * @param {string} installed
 * @param {Site} site
 */
async function useLeast(root, deno, installed, { origin, data, credentials }) {
  const text = await readFile(join(root, "apps/cli/README.md"), "utf8");
  const [, flags = ""] = /^deno run ((?:--allow-\S+ )+)/m.exec(text) ?? [];
  const given = flags.trim().replace("=data", `=${data}`).replace("127.0.0.1:8000", new URL(origin).host);
  const own = ["--no-lock", "--no-config", "--node-modules-dir=manual", "--no-prompt"];
  /** @type {Command} */
  const least = [deno, "run", ...own, ...given.split(" ")];
  const [program, ...file] = programOf(least, installed, "cli");
  const args = ["get", `${PREFIX}/ADMIN`, "-c", credentials.password ?? ""];
  const { good, output } = await runCaptured([program, ...file, ...args], { cwd: installed });
  if (!good || !output.includes("HS_ADMIN")) throw new Error(`hdl printed: ${output.trim().slice(-1000)}`);
}

/**
 * Uses everything that is installed under one runtime: the packages, `hdl-server`, `hdl` with both logins, the client,
 * the embedded resolver and a strategy.
 *
 * @param {object} options
 * @param {string} options.root
 * @param {Command} options.runtime
 * @param {string} options.installed all packages, the examples and tests/runtimes
 * @param {Site} options.other a server that Node runs
 * @returns {Promise<{ ran: string[], problems: string[] }>}
 */
export async function walk({ root, runtime, installed, other }) {
  /** @type {string[]} */
  const ran = [];
  /** @type {string[]} */
  const problems = [];
  /** @param {string} name @param {() => Promise<void>} work */
  const part = async (name, work) => {
    ran.push(name);
    await work().catch((error) => problems.push(`${name}: ${messageOf(error)}`));
  };
  /** @param {string} file @param {string} expected @param {string} [cwd] */
  const run = async (file, expected, cwd = installed) => {
    const { good, output } = await runCaptured([...runtime, join(installed, file)], { cwd });
    if (!good || !output.includes(expected)) throw new Error(`it printed: ${output.trim().slice(-1500)}`);
  };

  await part("packages, client certificates", () => run("tests/runtimes/smoke.mjs", ": ok ("));
  for (const [name, expected] of Object.entries(EXAMPLES)) {
    await part(`example ${name.slice(0, 2)}`, () => run(join("examples", name), expected));
  }
  await part("hdl, password", () => useCommand(runtime, installed, other.credentials.password ?? ""));
  await part("hdl, certificate", () => useCommand(runtime, installed, other.credentials.certificate ?? ""));
  const [deno = ""] = runtime;
  if (deno.endsWith("/deno"))
    await part("hdl, least permissions", () => useLeast(root, deno, installed, other));
  await part("the first lines of client", async () => {
    const { blocks } = splitMarkdown(await readFile(join(root, "packages/client/README.md"), "utf8"));
    const [first] = blocks.filter(({ language }) => language === "js" || language === "ts");
    await writeFile(join(installed, "ten-lines.mjs"), first?.text ?? "");
    // The credentials are in data/, in the working directory.
    await run("ten-lines.mjs", "https://example.org/moved", dirname(other.data));
  });
  await part("hdl-server", async () => {
    const own = await startSite(runtime, installed);
    try {
      await useCommand(runtime, installed, own.credentials.password ?? "");
      await useCommand(runtime, installed, own.credentials.certificate ?? "");
    } finally {
      await own.stop();
    }
  });
  return { ran, problems };
}
