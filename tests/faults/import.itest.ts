// hdl-server import, killed at random points and continued. HANDLEKIT_LONG=1 kills it 50 times instead of 5.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeValues, type HandleKey, handleKey } from "@handlekit/core";
import { type ExportRecord, writeExport } from "@handlekit/core/export";
import { encodeRecord } from "@handlekit/core/store";
import { openSqlite } from "@handlekit/store-sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";

const ROUNDS = process.env.HANDLEKIT_LONG === "1" ? 50 : 5;
const RECORDS = 2500 + ROUNDS * 100;
const PREFIX = "20.500.12345";
const SEED = 20261129;
const SERVER = fileURLToPath(new URL("../../apps/server/dist/main.js", import.meta.url));

const records: readonly ExportRecord[] = Array.from({ length: RECORDS }, (_, i) => ({
  handle: handleKey(`${PREFIX}/${String(i).padStart(6, "0")}`),
  values: encodeValues([
    { index: 1, type: "URL", data: `https://example.org/${i}` },
    { index: 2, type: "TITLE", data: `Object ${i} `.padEnd(400, "x") },
    { index: 300, type: "HS_SECKEY", data: `S3CR3T-${i}`, permissions: "1100" },
  ]),
}));

let folder: string;
let directory: string;
let input: Buffer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  directory = join(folder, "data");
  await mkdir(directory, { mode: 0o700 });
  await writeFile(join(directory, "config.json"), "{}");
  let text = "";
  for await (const line of writeExport(records, { prefixes: [PREFIX] })) text += `${line}\n`;
  input = Buffer.from(text);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Passes the beginning of the input to an import, and then a signal, or the end of the input. */
async function importUntil(bytes: number, signal?: NodeJS.Signals) {
  const isInterrupted = (await readdir(directory)).includes("import.journal");
  const args = [SERVER, "import", directory, "-", ...(isInterrupted ? ["--resume"] : [])];
  const child = spawn(process.execPath, args, { stdio: "pipe" });
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text.stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text.stderr += chunk;
  });
  child.stdin.on("error", () => {});
  // A pipe holds less than the shortest beginning: the process has read from it when all of it is written.
  const passed = new Promise((resolve) => child.stdin.write(input.subarray(0, bytes), resolve));
  const closed = once(child, "close");
  await Promise.race([passed, closed]);
  if (signal === undefined) child.stdin.end();
  else child.kill(signal);
  const [code, by] = await closed;
  return { code, signal: by, ...text };
}

/** A record as one text, which is compared faster. */
const textOf = ({ handle, values }: ExportRecord) =>
  `${handle} ${Buffer.from(encodeRecord(values)).toString("base64")}`;

const wanted: readonly string[] = records.map(textOf);

/** Reads what the store has, while no other process has it open. */
async function stored(): Promise<string[]> {
  const { store, close } = await openSqlite({ file: join(directory, "store.sqlite") });
  try {
    const keys = await store.list(PREFIX, undefined, RECORDS + 1);
    const read = async (handle: HandleKey) =>
      textOf({ handle, values: (await store.read(handle))?.values ?? [] });
    return await Promise.all(keys.map(read));
  } finally {
    await close();
  }
}

/** Numbers from 0 to below 1, the same in each run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

const shortest = 512 * 1024;

it(`continues after kill -9 at ${ROUNDS} points, and writes each record once`, async () => {
  const random = numbers(SEED);
  let done = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = shortest + Math.floor(random.next().value * (input.length - shortest));
    expect(await importUntil(bytes, "SIGKILL")).toMatchObject({ code: null, signal: "SIGKILL" });
    const found = await stored();
    // Those that are there are whole, and no burst that was written before is gone.
    expect(found.length).toBeGreaterThanOrEqual(done);
    done = found.length;
    expect(found).toEqual(wanted.slice(0, done));
  }
  const finished = await importUntil(input.length);
  expect(finished).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(finished.stdout)).toMatchObject({
    imported: { records: RECORDS, written: RECORDS, replaced: 0, kept: 0 },
    prefixes: [PREFIX],
  });
  expect(await stored()).toEqual(wanted);
  expect((await readdir(directory)).filter((name) => name.startsWith("import"))).toEqual([]);
});

it("stops at SIGINT while it waits for input, and says how to continue", async () => {
  const stopped = await importUntil(input.length - 1000, "SIGINT");
  expect(stopped).toMatchObject({ code: 2, stdout: "" });
  expect(stopped.stderr).toMatch(/^\d+ records were imported\. .*--resume.*\nhdl-server: Stopped\.\n$/);
  expect(await importUntil(input.length)).toMatchObject({ code: 0 });
  expect(await stored()).toEqual(wanted);
});

it("says that a stream was cut off, and continues with the whole one", async () => {
  const cut = await importUntil(input.length - 1000);
  expect(cut).toMatchObject({ code: 2, stdout: "" });
  expect(cut.stderr).toMatch(/was cut off/);
  expect(cut.stderr).not.toContain("S3CR3T");
  expect(await importUntil(input.length)).toMatchObject({ code: 0 });
  expect(await stored()).toEqual(wanted);
});
