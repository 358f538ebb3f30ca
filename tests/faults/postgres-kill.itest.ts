// hdl-server, or the PostgreSQL with its records, is killed again and again while clients create, change and delete:
// every write that was answered is there, none is half there, the audit has exactly these writes in a whole chain, and
// the server goes on. HANDLEKIT_LONG=1 kills each 200 times instead of 5.
import { createClient } from "@handlekit/client";
import { loadCredentials } from "@handlekit/credentials/file";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openPostgres } from "../../packages/store-postgres/src/mod.ts";
import { type PostgresFixture, usePostgres } from "../../packages/store-postgres/test/use-postgres.ts";
import { serveDatabaseSite } from "../support/database-site.ts";
import { serve } from "../support/hdl.ts";
import { PREFIX, type Site } from "../support/site.ts";
import { describeCounts, type Killed, survive } from "./killed-writes.ts";

const LONG = process.env.HANDLEKIT_LONG === "1";
const KILLS = LONG ? 200 : 5;

const { server, connect }: PostgresFixture = usePostgres();
let site: Site;
let address: string;

beforeEach(async () => {
  address = await server().schema();
  site = await serveDatabaseSite(address, "--access-log", "off");
});
afterEach(() => site?.remove());

/** The connections of hdl-server, whose transactions may outlive it for a moment. */
async function connectionsOfServer(): Promise<number> {
  const client = await connect(server().address({}));
  const { rows } = await client.query(
    "SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'handlekit'",
  );
  await client.end();
  return rows[0].count;
}

async function surviveKills(what: string, how: Pick<Killed, "kill" | "revive">): Promise<void> {
  const credentials = await loadCredentials(site.credentials.password);
  const reader = await openPostgres({
    connectionString: `${address}&application_name=audit`,
    maxConnections: 1,
    cacheBytes: 0,
  });
  if (reader.store.audit === undefined) throw new Error("the store keeps no audit");
  try {
    const counts = await survive({
      kills: KILLS,
      audit: reader.store.audit,
      createClient: (retry) =>
        createClient(credentials, retry ? {} : { transport: { retries: { limit: 0 } } }),
      ...how,
    });
    if (LONG) console.log(describeCounts(`${KILLS} kills of ${what}`, counts));
  } finally {
    await reader.close();
  }
}

it(
  `keeps every write that it answered, through ${KILLS} kills of the server`,
  () =>
    surviveKills("hdl-server", {
      kill: () => site.server.stop("SIGKILL"),
      async revive() {
        await vi.waitFor(async () => expect(await connectionsOfServer()).toBe(0), { timeout: 20_000 });
        site.server = await serve(site.directory, "--access-log", "off");
      },
    }),
  KILLS * 20_000,
);

it(
  `keeps every write that it answered, through ${KILLS} kills of the database, and goes on by itself`,
  async () => {
    const { pid } = site.server;
    const client = createClient(await loadCredentials(site.credentials.password));
    let kills = 0;
    await surviveKills("the database", {
      // Of the first process alone, as by a lack of memory, and of all.
      kill: () => server().kill(kills++ % 2 === 0 ? "SIGKILL" : "SIGQUIT"),
      async revive() {
        await server().restart();
        await vi.waitFor(() => client.read(`${PREFIX}/ADMIN`), { timeout: 20_000 });
      },
    });
    await client.close();
    expect(site.server.pid).toBe(pid);
    expect(site.server.text.stderr).not.toContain('"message":"unexpected error"');
  },
  KILLS * 20_000,
);
