// The database of hdl-server does not answer: a row is locked by another program, or the network passes nothing on. Both
// end with a clear 503 at the time-out of a statement. HANDLEKIT_LONG=1 uses the time-outs that the server has; otherwise
// the address of the database has shorter ones.
import { createConnection, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createClient, type HandleClient } from "@handlekit/client";
import { isHandleError } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { expect, it, onTestFinished, vi } from "vitest";
import { type PostgresFixture, usePostgres } from "../../packages/store-postgres/test/use-postgres.ts";
import { serveDatabaseSite } from "../support/database-site.ts";
import { PREFIX, type Site } from "../support/site.ts";

const LONG = process.env.HANDLEKIT_LONG === "1";
const TIMEOUTS: Readonly<Record<string, string>> = LONG
  ? {}
  : { statement_timeout: "1000", lock_timeout: "1000", query_timeout: "1500" };

const { server, connect }: PostgresFixture = usePostgres();
const BUSY = { code: "server_busy", status: 503, responseCode: 3, retryable: true };
const URL_OF = (name: string) => ({ URL: `https://example.org/${name}` });

async function startSite(address: string): Promise<{ site: Site; client: HandleClient }> {
  const url = new URL(address);
  for (const [name, value] of Object.entries(TIMEOUTS)) url.searchParams.set(name, value);
  const site = await serveDatabaseSite(url.href, "--access-log", "off", "--foreign-writes-ttl", "0");
  onTestFinished(() => site.remove());
  const client = createClient(await loadCredentials(site.credentials.password), {
    transport: { retries: { limit: 0 } },
  });
  onTestFinished(() => client.close());
  return { site, client };
}

const outcome = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => (isHandleError(error) ? error : Promise.reject(error)),
  );

it("answers a write with 503 while another program has locked its rows, and writes when they are free", async () => {
  const address = await server().schema();
  const { site, client } = await startSite(address);
  const handle = `${PREFIX}/locked`;
  await client.create(handle, URL_OF("1"));
  const other = await connect(address);
  await other.query("BEGIN");
  await other.query("SELECT FROM handles WHERE handle = $1 FOR UPDATE", [Buffer.from(handle.toUpperCase())]);
  const write = outcome(client.modify(handle, URL_OF("2")));
  // Reads wait for no lock.
  expect((await client.readValue(handle, "URL"))?.data.value).toBe("https://example.org/1");
  expect(await write).toMatchObject(BUSY);
  expect(site.server.text.stderr).toMatch(
    /could not write: canceling statement due to (lock|statement) timeout/,
  );
  await other.query("ROLLBACK");
  await client.modify(handle, URL_OF("2"));
  expect((await client.readValue(handle, "URL"))?.data.value).toBe("https://example.org/2");
});

/** A way to the database on which connections can be made to hang. */
interface Passage {
  readonly port: number;
  /** From now on the connections that are there pass nothing on; new ones do. */
  freeze(): void;
  /** How many were made to hang, and are still open on the side of the server. */
  hanging(): number;
}

async function openPassage(socket: string): Promise<Passage> {
  const pairs = new Map<Socket, Socket>();
  const frozen = new Set<Socket>();
  const listener = createServer((near) => {
    const far = createConnection(socket);
    pairs.set(near, far);
    near.pipe(far).pipe(near);
    near
      .on("error", () => far.destroy())
      .on("close", () => {
        pairs.delete(near);
        frozen.delete(near);
        far.destroy();
      });
    far.on("error", () => near.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const near of pairs.keys()) near.destroy();
    listener.close();
  });
  return {
    port: (listener.address() as { port: number }).port,
    freeze() {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
        // Read, so that the end of the connection is seen, and thrown away.
        near.resume();
        frozen.add(near);
      }
    },
    hanging: () => frozen.size,
  };
}

it("answers with 503 when its connections hang, gives them up, and goes on with others", async () => {
  const direct = new URL(await server().schema());
  const passage = await openPassage(join(direct.searchParams.get("host") ?? "", ".s.PGSQL.5432"));
  direct.searchParams.delete("host");
  direct.searchParams.delete("user");
  const rest = direct.searchParams.toString();
  const { site, client } = await startSite(`postgres://postgres@127.0.0.1:${passage.port}/postgres?${rest}`);
  const names = Array.from({ length: 8 }, (_, i) => `${PREFIX}/before-${i}`);
  await Promise.all(names.map((name) => client.create(name, URL_OF("1"))));
  passage.freeze();
  expect(passage.hanging()).toBeGreaterThan(1);
  const outcomes = await Promise.all(
    names.flatMap((name, i) => [
      outcome(client.create(`${PREFIX}/hanging-${i}`, URL_OF("1"))),
      outcome(client.read(name)),
    ]),
  );
  // Some may have had a new connection.
  const refused = outcomes.filter((each) => each !== "done");
  expect(refused.length).toBeGreaterThan(0);
  for (const each of refused) expect(each).toMatchObject(BUSY);
  await vi.waitFor(() => client.create(`${PREFIX}/after`, URL_OF("1")), { timeout: 60_000 });
  expect((await client.read(`${PREFIX}/before-0`)).values.length).toBeGreaterThan(0);
  await vi.waitFor(() => expect(passage.hanging()).toBe(0), { timeout: 60_000 });
  expect(site.server.text.stderr).not.toContain('"message":"unexpected error"');
});
