// Measures hdl-server import and export, see tests/bench/README.md.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    records: { type: "string", default: "1000000" },
    folder: { type: "string" },
    json: { type: "string" },
  },
});
const RECORDS = Number(options.records);
if (!Number.isInteger(RECORDS) || RECORDS < 1) throw new Error("--records is not a number of records.");

const PREFIX = "20.500.12345";
const SERVER = fileURLToPath(new URL("../../../apps/server/dist/main.js", import.meta.url));
const requireOfServer = createRequire(SERVER);
/** @param {string} name */
const load = (name) => import(pathToFileURL(requireOfServer.resolve(name)).href);
const { encodeValues, handleKey } = await load("@handlekit/core");
const { writeExport } = await load("@handlekit/core/export");

/** Reports what a process used, when it ends. */
const REPORT = `data:text/javascript,${encodeURIComponent(
  'import { writeSync } from "node:fs"; process.on("exit", () => writeSync(3, JSON.stringify(process.resourceUsage())));',
)}`;

const TIME = new Date(1_700_000_000_000);

/** Four values, about 640 bytes. @param {number} number */
const recordOf = (number) => ({
  handle: handleKey(`${PREFIX}/${String(number).padStart(9, "0")}`),
  values: encodeValues(
    [
      { index: 1, type: "URL", data: `https://repository.example.org/objects/${number}` },
      { index: 2, type: "TITLE", data: `Object ${number} `.padEnd(400, "x") },
      { index: 3, type: "CHECKSUM", data: String(number).padStart(64, "0") },
      { index: 100, type: "EMAIL", data: "archive@example.org" },
    ],
    TIME,
  ),
});

/** @param {string} path */
async function generate(path) {
  const file = createWriteStream(path, { mode: 0o600, highWaterMark: 2 ** 20 });
  /** @param {Uint8Array} bytes */
  const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
  function* records() {
    for (let i = 0; i < RECORDS; i++) yield recordOf(i);
  }
  for await (const line of writeExport(records(), { prefixes: [PREFIX], sha256 })) {
    if (!file.write(`${line}\n`)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
}

/**
 * Runs a command to its end.
 *
 * @param {string} what
 * @param {readonly string[]} args
 */
async function measure(what, ...args) {
  const began = performance.now();
  const child = spawn(process.execPath, ["--import", REPORT, SERVER, ...args], {
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
  let used = "";
  let output = "";
  child.stdio[3]?.on("data", (/** @type {Buffer} */ chunk) => {
    used += chunk;
  });
  child.stdout.on("data", (/** @type {Buffer} */ chunk) => {
    output += chunk;
  });
  let own = 0;
  const timer = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    own = Math.max(own, Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0));
  }, 250);
  const [code] = await once(child, "close");
  clearInterval(timer);
  if (code !== 0) throw new Error(`${what} ended with ${code}: ${output}`);
  const seconds = (performance.now() - began) / 1000;
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(used);
  return {
    what,
    seconds: Number(seconds.toFixed(1)),
    recordsPerSecond: Math.round(RECORDS / seconds),
    cpuSeconds: Number(((userCPUTime + systemCPUTime) / 1e6).toFixed(1)),
    peakMegabytes: Math.round(maxRSS / 1024),
    // Linux alone says how much of it is not the mapped file of the store.
    peakWithoutFile: own === 0 ? undefined : Math.round(own / 1024),
  };
}

const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "handlekit-import-")));
const directory = join(folder, "data");
try {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(directory, "config.json"), "{}");
  const input = join(folder, "input.jsonl");
  const output = join(folder, "output.jsonl");
  await generate(input);
  const steps = [
    await measure("import, with both checks", "import", directory, input),
    await measure("import --verify-only", "import", directory, input, "--verify-only"),
    await measure("export", "export", directory, "--output", output),
  ];
  const megabytes = async (/** @type {string} */ path) => Math.round((await stat(path)).size / 2 ** 20);
  const store = await megabytes(join(directory, "store.sqlite"));
  const result = { records: RECORDS, fileMegabytes: await megabytes(input), storeMegabytes: store, steps };
  console.log(`${RECORDS} records, ${result.fileMegabytes} MiB of JSON lines, a store of ${store} MiB`);
  console.table(steps);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
