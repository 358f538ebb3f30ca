// Several processes on one database: no lost update, no answer older than the bound, no suffix twice, and a rolling
// restart without a failed request. HANDLEKIT_LONG=1 takes a minute for each number of processes instead of seconds.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createArdcClient } from "@handlekit/ardc";
import { createClient, type HandleClient } from "@handlekit/client";
import { type HandleValue, isHandleError } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startPostgres, type TestPostgres } from "../../packages/store-postgres/test/start-postgres.ts";
import { createDatabaseSite } from "../support/database-site.ts";
import { freePort } from "../support/free-port.ts";
import { hdlServer, type Served, serve } from "../support/hdl.ts";
import { PREFIX, type Site } from "../support/site.ts";

const LONG = process.env.HANDLEKIT_LONG === "1";
const DURATION_MS = LONG ? 60_000 : 4000;
const [ARDC_CLIENTS, ARDC_HANDLES] = LONG ? [100, 100] : [20, 10];
const HANDLES = 5;
const FIRST_INDEX = 10;
/** foreignWritesTtl, and the time that a request may have been on its way. */
const TTL_MS = 300;
const SLACK_MS = 600;
const WAIT = { timeout: 20_000 };

let postgres: TestPostgres;
let site: Site;
let certificate: string;

beforeAll(async () => {
  postgres = await startPostgres();
  site = await createDatabaseSite(await postgres.schema(), {
    foreignWritesTtl: TTL_MS,
    ardcPrefix: PREFIX,
    failedLoginsPerAddress: 20,
  });
  certificate = await readFile(join(site.directory, "server-certificate.pem"), "utf8");
}, 120_000);
afterAll(async () => {
  await site?.remove();
  await postgres?.stop();
});

/** Starts separate servers on the same data directory, as on different machines. */
async function serveEach(count: number): Promise<Served[]> {
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  return Promise.all(ports.map((port) => serve(site.directory, "--https-port", String(port))));
}

async function clientOf(server: Served, retries = 0): Promise<HandleClient> {
  const credentials = await loadCredentials(site.credentials.password);
  return createClient(
    { ...credentials, server: server.urls[0] },
    { transport: { retries: { limit: retries } } },
  );
}

/**
 * The numbers that a lane has written to its value of one record, in order, and when each was answered: 0 for a deletion,
 * infinity for one that is on its way.
 */
type Written = { readonly number: number; at: number }[];

/** The last number that was answered before a time. */
const lastBefore = (written: Written, time: number) => written.findLast(({ at }) => at < time)?.number ?? 0;

/** The number at an index; 0 for none. */
const numberAt = (values: readonly HandleValue[], index: number) =>
  Number(values.find((value) => value.index === index)?.data.value ?? 0);

describe.each([2, 4])("%d processes", (count) => {
  let servers: Served[];
  let clients: HandleClient[];
  beforeAll(async () => {
    servers = await serveEach(count);
    clients = await Promise.all(servers.map((server) => clientOf(server)));
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(servers.map((server) => server.stop()));
  });

  // Each lane has an index of its own in the same records. An update that was based on an old state of a record would
  // undo what another lane was answered.
  it("lose no update, and answer nothing older than the bound", async () => {
    const names = Array.from({ length: HANDLES }, (_, i) => `${PREFIX}/${count}-shared-${i}`);
    for (const name of names) await clients[0]?.create(name, { URL: "https://example.org/" });
    const lanes = clients.flatMap((client) => [client, client]);
    const histories = new Map(names.map((name) => [name, lanes.map((): Written => [])]));
    const historyOf = (name: string, lane: number) => histories.get(name)?.[lane] ?? [];
    const counts = { written: 0, deleted: 0, read: 0 };
    const until = performance.now() + DURATION_MS;

    async function write(client: HandleClient, lane: number): Promise<void> {
      const index = FIRST_INDEX + lane;
      for (let number = 1; performance.now() < until; number++) {
        const name = names[(number * 3 + lane) % names.length] ?? "";
        const written = historyOf(name, lane);
        const isDeletion = number % 3 === 0 && (written.at(-1)?.number ?? 0) > 0;
        const entry = { number: isDeletion ? 0 : number, at: Number.POSITIVE_INFINITY };
        written.push(entry);
        if (isDeletion) await client.deleteValues(name, [index]);
        else await client.modify(name, [{ index, type: "NUMBER", data: `${number}` }]);
        entry.at = performance.now();
        counts[isDeletion ? "deleted" : "written"]++;
      }
    }

    async function read(client: HandleClient): Promise<void> {
      for (let i = 0; performance.now() < until; i++) {
        const name = names[i % names.length] ?? "";
        const began = performance.now();
        const { values } = await client.read(name);
        for (const lane of lanes.keys()) {
          const written = historyOf(name, lane);
          const number = numberAt(values, FIRST_INDEX + lane);
          // What was answered last before the bound, or what came after it.
          const due = began - TTL_MS - SLACK_MS;
          const later = written.filter(({ at }) => at >= due).map((each) => each.number);
          expect([lastBefore(written, due), ...later], `${name}, lane ${lane}`).toContain(number);
        }
        counts.read++;
      }
    }

    await Promise.all([...lanes.map(write), ...clients.map(read)]);
    await new Promise((resolve) => setTimeout(resolve, TTL_MS + SLACK_MS));
    for (const name of names) {
      const record = await clients[0]?.read(name, { authenticated: true });
      for (const lane of lanes.keys()) {
        const last = historyOf(name, lane).at(-1)?.number ?? 0;
        expect(numberAt(record?.values ?? [], FIRST_INDEX + lane), `${name}, lane ${lane}`).toBe(last);
      }
    }
    expect(counts.deleted).toBeGreaterThan(0);
    if (LONG) console.log(`${count} processes: ${JSON.stringify(counts)}`);
  }, 180_000);

  it("create and delete the same handle one at a time", async () => {
    const handle = `${PREFIX}/${count}-turns`;
    const successes = (all: readonly PromiseSettledResult<unknown>[]) =>
      all.filter(({ status }) => status === "fulfilled").length;
    const until = performance.now() + DURATION_MS / 2;
    while (performance.now() < until) {
      const made = clients.map((client, i) => client.create(handle, { URL: `https://example.org/${i}` }));
      expect(successes(await Promise.allSettled(made))).toBe(1);
      const gone = clients.map((client) => client.delete(handle));
      expect(successes(await Promise.allSettled(gone))).toBe(1);
    }
  }, 120_000);
});

it("mints no suffix twice for many ARDC clients over two processes", async () => {
  const servers = await serveEach(2);
  const accounts = [];
  for (let i = 0; i < ARDC_CLIENTS; i++) {
    const added = await hdlServer("clients", "add", site.directory, "--description", `client ${i}`);
    accounts.push(JSON.parse(added.stdout) as { appId: string; sharedSecret: string });
  }
  const minted = await Promise.all(
    accounts.map(async (account, i) => {
      const ardc = { ...account, identifier: `user-${i}`, authDomain: "example.org" };
      const client = createArdcClient({ ardc, httpsVerify: { ca: certificate } } as never, {
        url: `${servers[i % 2]?.urls[0]}/pids`,
      });
      const handles: string[] = [];
      for (let each = 0; each < ARDC_HANDLES; each++) {
        handles.push((await client.mint({ url: `https://example.org/${i}/${each}` })).handle);
      }
      const listed: string[] = [];
      for await (const handle of client.listHandles()) listed.push(handle);
      const owner = await client.getOwnerHandle();
      expect(listed.sort()).toEqual([owner, ...handles].sort());
      await client.close();
      return handles;
    }),
  );
  const all = minted.flat();
  expect(new Set(all).size).toBe(ARDC_CLIENTS * ARDC_HANDLES);
  if (LONG) console.log(`${all.length} handles minted, all different`);
  await Promise.all(servers.map((server) => server.stop()));
}, 600_000);

it("restarts four workers one by one without a failed request", async () => {
  const server = await serve(site.directory, "--workers", "4");
  const clients = await Promise.all(Array.from({ length: 4 }, () => clientOf(server)));
  let isOver = false;
  let answered = 0;
  const lanes = clients.flatMap((client, lane) => [
    (async () => {
      for (let i = 0; !isOver; i++) {
        const handle = `${PREFIX}/rolling-${lane}-${i}`;
        await client.create(handle, { URL: "https://example.org/" });
        await client.delete(handle);
        answered++;
      }
    })(),
    (async () => {
      while (!isOver) {
        await client.read(`${PREFIX}/ADMIN`).catch((error: unknown) => {
          if (!isHandleError(error, "values_not_found")) throw error;
        });
        answered++;
      }
    })(),
  ]);
  const rounds = LONG ? 5 : 1;
  const restarted = () => server.text.stderr.split("the workers are restarted").length - 1;
  for (let round = 1; round <= rounds; round++) {
    server.signal("SIGUSR2");
    while (restarted() < round) {
      expect(server.text.stderr).not.toContain("could not start");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  isOver = true;
  await Promise.all(lanes);
  expect(answered).toBeGreaterThan(100);
  if (LONG) console.log(`${rounds} rolling restarts, ${answered} requests answered, none failed`);
  await Promise.all(clients.map((client) => client.close()));
  await server.stop();
}, 600_000);

it("adds up the metrics of its workers, is ready while one is, and starts one that was killed again", async () => {
  const server = await serve(site.directory, "--workers", "2", "--metrics-port", "0");
  const health = async () => (await fetch(`${server.metrics}/health/ready`)).status;
  const requests = async () => {
    const text = await (await fetch(`${server.metrics}/metrics`)).text();
    const lines = text
      .split("\n")
      .filter((line) => /^hdl_requests_total\{.*"\/api\/handles\/\{handle\}"/.test(line));
    return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  };
  const workers = async () =>
    (await readFile(`/proc/${server.pid}/task/${server.pid}/children`, "utf8")).trim().split(" ").map(Number);
  const before = await workers();
  expect(before.length).toBe(2);
  expect(await health()).toBe(200);
  // A new connection for each, so that both workers get some.
  for (let i = 0; i < 10; i++) {
    const client = await clientOf(server);
    await client.count(PREFIX).catch(() => undefined);
    await client.read(`0.NA/${PREFIX}`);
    await client.close();
  }
  expect(await requests()).toBeGreaterThanOrEqual(10);
  process.kill(before[0] ?? 0, "SIGKILL");
  await vi.waitFor(() => expect(server.text.stderr).toContain("a worker ended and is started again"), WAIT);
  expect(await health()).toBe(200);
  const client = await clientOf(server, 3);
  await client.read(`0.NA/${PREFIX}`);
  await client.close();
  await vi.waitFor(() => expect(server.text.stderr.split("head of the audit").length).toBe(4), WAIT);
  expect(await health()).toBe(200);
  expect((await workers()).length).toBe(2);
  expect((await server.stop()).code).toBe(0);
}, 180_000);

// A worker that is not ready yet misses what it is told.
it("reloads a worker that is starting, and stops at once while one is", async () => {
  const server = await serve(site.directory, "--workers", "2");
  const workers = async () =>
    (await readFile(`/proc/${server.pid}/task/${server.pid}/children`, "utf8")).trim().split(" ");
  const startAnother = async () => {
    const [first = ""] = await workers();
    process.kill(Number(first), "SIGKILL");
    const others = async () => (await workers()).filter((pid) => pid !== first);
    await vi.waitFor(async () => expect((await others()).length).toBe(2), WAIT);
  };
  const reloaded = () => server.text.stderr.split('"message":"reloaded"').length - 1;
  await startAnother();
  server.signal("SIGHUP");
  await vi.waitFor(() => expect(reloaded()).toBe(2), WAIT);
  await startAnother();
  expect((await server.stop()).code).toBe(0);
  expect(server.text.stderr).not.toContain("did not stop in time");
}, 180_000);

it("counts failed logins of all processes together", async () => {
  const servers = await serveEach(2);
  const guess = async (server: Served | undefined) => {
    const url = `${server?.urls[0]}/api/handles/${PREFIX}/guessed?overwrite=true`;
    const { status } = await requestWithPassword(url, "S3CR3T-wrong");
    return status;
  };
  const statuses: number[] = [];
  while (statuses.at(-1) !== 429 && statuses.length < 25) {
    statuses.push(await guess(servers[statuses.length % 2]));
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  // 10 are free and 5 are slowed down, for both together; for each alone, it would be twice as many. One is forgotten in a
  // minute.
  expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
  expect(statuses.at(-1)).toBe(429);
  await Promise.all(servers.map((server) => server.stop()));
}, 180_000);

async function requestWithPassword(url: string, password: string): Promise<{ status: number }> {
  const { Agent, fetch } = await import("undici");
  const dispatcher = new Agent({ connect: { ca: certificate } });
  const user = encodeURIComponent(`300:${PREFIX}/ADMIN`);
  const response = await fetch(url, {
    method: "DELETE",
    dispatcher,
    headers: { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` },
  });
  await response.arrayBuffer();
  await dispatcher.close();
  return { status: response.status };
}

it("refuses several workers on an SQLite file, with the reason", async () => {
  const config = join(site.directory, "config.json");
  const before = await readFile(config, "utf8");
  await writeFile(config, JSON.stringify({ ...JSON.parse(before), store: "store.sqlite" }));
  const refused = await hdlServer("serve", site.directory, "--workers", "2");
  await writeFile(config, before);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(
    "The setting workers is 2, and the store is an SQLite file, which one process opens at a time",
  );
});
