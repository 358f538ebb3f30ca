// hdl-server on PostgreSQL: from a data directory into a database, several servers on it, and the database away.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { startPostgres, type TestPostgres } from "../../packages/store-postgres/test/start-postgres.ts";
import { freePort } from "../support/free-port.ts";
import { hdl, hdlServer, type Served, serve } from "../support/hdl.ts";
import { createSite, PREFIX, type Site } from "../support/site.ts";

const DATABASE_PASSWORD = "S3CR3T-of-the-database";

let postgres: TestPostgres;
let site: Site;
let second: Served;
let secondUrl: string;

beforeAll(async () => {
  [postgres, site] = await Promise.all([startPostgres(), createSite()]);
  await site.server.stop();
  const file = join(site.folder, "handles.jsonl");
  expect(await hdlServer("export", site.directory, "--output", file)).toMatchObject({ code: 0 });

  const config = join(site.directory, "config.json");
  const store = await postgres.schemaOf("hdl", DATABASE_PASSWORD);
  await writeFile(join(site.directory, "database-password"), `${DATABASE_PASSWORD}\n`, { mode: 0o600 });
  const settings = {
    ...JSON.parse(await readFile(config, "utf8")),
    store,
    storePasswordFile: "database-password",
  };
  await writeFile(config, JSON.stringify(settings));
  const imported = await hdlServer("import", site.directory, file);
  expect(imported).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(imported.stdout)).toMatchObject({
    imported: { records: 2, written: 2 },
    verified: { same: 2, missing: 0, different: 0, extra: 0 },
  });

  const port = await freePort();
  secondUrl = `https://127.0.0.1:${port}`;
  site.server = await serve(site.directory);
  second = await serve(
    site.directory,
    "--https-port",
    String(port),
    "--foreign-writes-ttl",
    "0",
    "--metrics-port",
    "0",
  );
}, 180_000);
afterAll(async () => {
  await second?.stop();
  await site?.remove();
  await postgres?.stop();
});

/** Runs `hdl` with the credentials of the administrator, at the first server or at another one. */
async function run(kind: "password" | "certificate", server: string, ...args: readonly string[]) {
  const json = JSON.parse(await readFile(site.credentials[kind], "utf8"));
  const file = join(site.folder, `credentials-${new URL(server).port}-${kind}.json`);
  await writeFile(file, JSON.stringify({ ...json, handle_server_url: server, baseuri: server }), {
    mode: 0o600,
  });
  return hdl(...args, "--credentials", file);
}

const metrics = async () => (await fetch(`${second.metrics}/metrics`)).text();

it.each(["password", "certificate"] as const)("creates, changes and deletes a record by %s", async (kind) => {
  const handle = `${PREFIX}/by-${kind}`;
  const made = await run(kind, site.url, "create", handle, "URL=https://example.org/1");
  expect(made).toMatchObject({ code: 0, stderr: `created ${handle}\n` });
  expect(await run(kind, secondUrl, "set", handle, "URL=https://example.org/2")).toMatchObject({ code: 0 });
  const shown = await run(kind, secondUrl, "get", handle, "--type", "URL");
  expect(shown.stdout).toBe("1  URL  https://example.org/2\n");
  await vi.waitFor(
    async () => {
      const first = await run(kind, site.url, "get", handle, "--type", "URL");
      expect(first.stdout).toBe("1  URL  https://example.org/2\n");
    },
    { timeout: 10_000 },
  );
  expect(await run(kind, site.url, "delete", handle, "--yes")).toMatchObject({ code: 0 });
  expect((await run(kind, secondUrl, "get", handle)).code).not.toBe(0);
});

it("shows the same records to its commands while it runs", async () => {
  const { code, stdout } = await hdlServer("export", site.directory);
  expect(code).toBe(0);
  expect(stdout).toContain(`"handle":"0.NA/${PREFIX}"`);
});

it("answers 503 while the database is away, and goes on when it is back", async () => {
  const connections = /^hdl_store_connections_open \d+$/m;
  expect(await metrics()).toMatch(connections);
  expect(await metrics()).toMatch(/^hdl_audit_entries_total [1-9]\d*$/m);
  await postgres.kill();
  let away: Awaited<ReturnType<typeof run>>;
  try {
    away = await run("password", secondUrl, "get", `${PREFIX}/ADMIN`);
    expect(await metrics()).toMatch(connections);
    const ready = await fetch(`${second.metrics}/health/ready`);
    expect([ready.status, (await ready.json()).reason]).toEqual([
      503,
      expect.stringContaining("The store cannot write. Check that PostgreSQL is running"),
    ]);
  } finally {
    await postgres.restart();
  }
  expect(away.code).not.toBe(0);
  expect(away.stderr).toMatch(/busy|503|again/i);
  expect(away.stderr).not.toContain("S3CR3T");
  await vi.waitFor(
    async () => expect(await run("password", secondUrl, "get", `${PREFIX}/ADMIN`)).toMatchObject({ code: 0 }),
    { timeout: 20_000 },
  );
});

it("refuses an address with a password, and does not show it", async () => {
  // Not one with the canary: arguments are seen by everybody on the machine, and the run of the tests looks at them.
  for (const store of ["postgres://hdl:in-argv@127.0.0.1/x", "postgres:///x?user=hdl&password=in-argv"]) {
    const { code, stderr } = await hdlServer("serve", site.directory, "--store", store);
    expect(code).toBe(2);
    expect(stderr).toContain(
      "The setting store (--store) cannot be used: it contains a password; use storePasswordFile",
    );
    expect(stderr).not.toContain("in-argv");
  }
});
