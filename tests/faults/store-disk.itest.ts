// What hdl-server does when its disk is full, when its store cannot be written, when another tool has locked it, and
// when another server has it. A limit on the size of files stands for the full disk: SQLite gets an error from the system
// in the middle of a write in both cases.
import { execFile, spawn } from "node:child_process";
import { chmod, chown, cp, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient, type HandleClient } from "@handlekit/client";
import { isHandleError } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { afterEach, beforeEach, expect, it } from "vitest";
import { hdlServer, serve } from "../support/hdl.ts";
import { createSite, PREFIX, type Site } from "../support/site.ts";

const run = promisify(execFile);
const NOBODY = 65534;
const MAIN = fileURLToPath(new URL("../../apps/server/dist/main.js", import.meta.url));
const Database = createRequire(new URL("../../packages/store-sqlite/package.json", import.meta.url))(
  "libsql",
) as new (
  file: string,
) => { exec(sql: string): void; close(): void };

let site: Site;
let client: HandleClient;

beforeEach(async () => {
  site = await createSite("--access-log", "off");
  client = createClient(await loadCredentials(site.credentials.password), {
    transport: { retries: { limit: 0 } },
  });
  await client.create(`${PREFIX}/before`, { URL: "https://example.org/" });
});
afterEach(async () => {
  await client?.close();
  await site?.remove();
});

const refused = (write: Promise<unknown>) =>
  write.then(
    () => undefined,
    (error: unknown) => (isHandleError(error) ? error : undefined),
  );

/** Limits the size of files that a running process writes, in bytes. */
const limitFiles = (pid: number, bytes: string) =>
  run("prlimit", ["--pid", `${pid}`, `--fsize=${bytes}:unlimited`]);

it("refuses writes on a full disk, goes on reading, and writes again when there is space", async () => {
  await limitFiles(site.server.pid, "1000000");
  const large = { URL: "https://example.org/", NOTE: "x".repeat(200_000) };
  const answered: string[] = [];
  let error: Awaited<ReturnType<typeof refused>>;
  for (let i = 0; i < 50 && error === undefined; i++) {
    error = await refused(client.create(`${PREFIX}/large-${i}`, large));
    if (error === undefined) answered.push(`${PREFIX}/large-${i}`);
  }
  expect(error).toMatchObject({ code: "server_error", status: 500 });
  expect(answered.length).toBeGreaterThan(0);
  expect((await client.read(`${PREFIX}/before`)).values.length).toBeGreaterThan(0);
  expect(site.server.text.stderr).toMatch(/could not write: [^"]*(full|I\/O error)/);
  await limitFiles(site.server.pid, "unlimited");
  await client.create(`${PREFIX}/after`, large);
  await client.close();
  await site.server.stop("SIGKILL");
  site.server = await serve(site.directory, "--access-log", "off");
  client = createClient(await loadCredentials(site.credentials.password));
  for (const handle of [...answered, `${PREFIX}/after`]) {
    expect((await client.readValue(handle, "NOTE"))?.data.value).toBe(large.NOTE);
  }
});

it("is busy for writes while another tool has locked the store, and goes on reading", async () => {
  const database = new Database(join(site.directory, "store.sqlite"));
  database.exec("PRAGMA busy_timeout = 5000");
  database.exec("BEGIN IMMEDIATE");
  const writes = [1, 2, 3].map((i) =>
    refused(client.create(`${PREFIX}/locked-${i}`, { URL: "https://x.org/" })),
  );
  expect((await client.read(`${PREFIX}/before`)).values.length).toBeGreaterThan(0);
  for (const error of await Promise.all(writes)) {
    expect(error).toMatchObject({ code: "server_busy", status: 503, responseCode: 3, retryable: true });
  }
  database.exec("ROLLBACK");
  database.close();
  await client.create(`${PREFIX}/unlocked`, { URL: "https://example.org/" });
});

it("does not start on a store that another server has, and says which process that is", async () => {
  const second = await hdlServer("serve", site.directory);
  expect(second.code).toBe(2);
  expect(second.stdout).toBe("");
  expect(second.stderr).toContain(
    `${join(site.directory, "store.sqlite")} is in use by process ${site.server.pid} since `,
  );
  await client.create(`${PREFIX}/after`, { URL: "https://example.org/" });
});

it("does not start on a store that it cannot write, and says so", async () => {
  await site.server.stop();
  const folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  const directory = join(folder, "data");
  try {
    await cp(site.directory, directory, { recursive: true });
    const asRoot = process.getuid?.() === 0;
    if (asRoot) await run("chown", ["-R", `${NOBODY}:${NOBODY}`, folder]);
    const store = join(directory, "store.sqlite");
    if (asRoot) await chown(store, 0, 0);
    await chmod(store, 0o444);
    const child = spawn(process.execPath, [MAIN, "serve", directory], {
      stdio: ["ignore", "ignore", "pipe"],
      ...(asRoot ? { uid: NOBODY, gid: NOBODY } : {}),
    });
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    const code = await new Promise((resolve) => {
      child.on("close", resolve);
      // It must not listen; if it does, this ends it, and the test fails.
      child.stderr.on("data", () => text.includes("listening") && child.kill("SIGKILL"));
    });
    expect(code).toBe(2);
    expect(text).toMatch(/store_failed|could not be opened/);
    expect(text).toContain("this process may read and write both");
  } finally {
    await rm(folder, { recursive: true });
  }
});
