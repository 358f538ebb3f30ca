// Writes docs/public/terminal.svg: commands that are run here and now, and what they print at a terminal. Needs the
// built files and `script` of util-linux.
// node scripts/record-terminal.mjs
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSampleSite } from "./lib/sample-site.mjs";
import { parseLine, terminalSvg } from "./lib/terminal-svg.mjs";
import { REPOSITORY } from "./lib/workspaces.mjs";

const COLUMNS = 122;
const PREFIX = "20.500.12345";
/** The commands; those that are not run are only shown. */
const COMMANDS = [
  { text: `hdl-server init data --prefix ${PREFIX}`, more: (/** @type {string} */ url) => ` --url ${url}` },
  { text: "hdl-server serve data &", shown: true },
  { text: "export HDL_CREDENTIALS=data/credentials-password.json", shown: true },
  { text: "hdl doctor" },
  { text: `hdl create ${PREFIX}/first URL=https://example.org/ TITLE="The first"` },
  { text: `hdl set ${PREFIX}/first URL=https://example.org/moved --dry-run` },
  { text: `hdl set ${PREFIX}/first URL=https://example.org/moved` },
  { text: `hdl resolve ${PREFIX}/first` },
];
const TYPING = 0.045;
const PAUSE = 0.7;

const site = await createSampleSite();
/** @param {string} text */
const plain = (text) =>
  text
    .replaceAll(site.folder, "~")
    .replaceAll(site.url, "https://127.0.0.1:8000")
    .replaceAll(new URL(site.url).host, "127.0.0.1:8000")
    .replaceAll(`port ${new URL(site.url).port}`, "port 8000");

/**
 * Runs a command at a pseudo-terminal.
 *
 * @param {string} command
 * @returns {Promise<string[]>} its lines
 */
async function run(command) {
  const env = { ...site.env, HDL_CREDENTIALS: "data/credentials-password.json", COLUMNS: String(COLUMNS) };
  const line = `stty cols ${COLUMNS}; ${command}`;
  const child = spawn("script", ["-q", "-e", "-c", line, "/dev/null"], {
    cwd: site.folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${output}`);
  return plain(output).replaceAll("\r", "").trimEnd().split("\n");
}

/** @type {import("./lib/terminal-svg.mjs").Line[]} */
const lines = [];
let at = 0.5;
try {
  for (const { text, more, shown } of COMMANDS) {
    lines.push({
      at,
      runs: [
        { text: "$ ", style: "dim" },
        { text, style: "bold" },
      ],
    });
    at += text.length * TYPING;
    if (text.includes(" serve ")) await site.serve();
    for (const line of shown ? [] : await run(text + (more?.(site.url) ?? ""))) {
      at += 0.12;
      for (
        let from = 0;
        from === 0 || from < line.length;
        from += line.includes("\u001b") ? line.length : COLUMNS
      ) {
        const part = line.includes("\u001b") ? line : line.slice(from, from + COLUMNS);
        lines.push({ at, runs: parseLine(part) });
      }
    }
    at += PAUSE;
  }
} finally {
  await site.remove();
}
const title =
  "A terminal: hdl-server makes a server, hdl doctor checks the login, hdl creates, changes and resolves a handle.";
await writeFile(join(REPOSITORY, "docs/public/terminal.svg"), terminalSvg(title, lines, COLUMNS));
console.log(`docs/public/terminal.svg: ${lines.length} lines, ${at.toFixed(1)} s.`);
