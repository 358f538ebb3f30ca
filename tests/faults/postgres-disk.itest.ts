// The disk of the database is full, of which another program has taken the rest: writes are refused in words, reads go
// on, and writes do when there is space again.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createClient, type HandleClient } from "@handlekit/client";
import { type HandleError, isHandleError } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import type pg from "pg";
import { expect, it } from "vitest";
import { type PostgresFixture, usePostgres } from "../../packages/store-postgres/test/use-postgres.ts";
import { serveDatabaseSite } from "../support/database-site.ts";
import { serve } from "../support/hdl.ts";
import { PREFIX } from "../support/site.ts";

const DISK_MB = 24;
const FULL = "53100";

const { server, connect }: PostgresFixture = usePostgres(undefined, DISK_MB);

/** Creates an empty schema whose tables are on the small disk. */
async function schemaOnSmallDisk(admin: pg.Client): Promise<string> {
  const address = new URL(await server().schema());
  const folder = join(address.searchParams.get("host") ?? "", "small");
  await admin.query(`CREATE TABLESPACE small LOCATION '${folder}'`);
  const options = `${address.searchParams.get("options")} -c default_tablespace=small`;
  address.searchParams.set("options", options);
  return address.href;
}

/** Fills the disk by a table of its own. */
async function fill(admin: pg.Client): Promise<void> {
  await admin.query("CREATE TABLE filler (bytes bytea) TABLESPACE small");
  await admin.query("ALTER TABLE filler ALTER COLUMN bytes SET STORAGE EXTERNAL");
  for (const length of [1_000_000, 5000]) {
    for (;;) {
      const error = await admin.query("INSERT INTO filler VALUES ($1)", [randomBytes(length)]).then(
        () => undefined,
        (thrown: unknown) => thrown as pg.DatabaseError,
      );
      if (error === undefined) continue;
      expect(error.code).toBe(FULL);
      break;
    }
  }
}

/** A value that cannot be compressed. */
const large = () => ({ URL: "https://example.org/", NOTE: randomBytes(15_000).toString("base64") });

async function firstRefusal(client: HandleClient, answered: Map<string, string>): Promise<HandleError> {
  for (let i = 0; i < 1000; i++) {
    const handle = `${PREFIX}/large-${i}`;
    const values = large();
    try {
      await client.create(handle, values);
    } catch (error) {
      if (isHandleError(error)) return error;
      throw error;
    }
    answered.set(handle, values.NOTE);
  }
  throw new Error("The disk did not become full.");
}

it("refuses writes while the disk of the database is full, goes on reading, and writes again", async () => {
  const admin = await connect(server().address({}));
  const site = await serveDatabaseSite(await schemaOnSmallDisk(admin), "--access-log", "off");
  const credentials = await loadCredentials(site.credentials.password);
  let client = createClient(credentials, { transport: { retries: { limit: 0 } } });
  try {
    const answered = new Map<string, string>();
    await client.create(`${PREFIX}/before`, { URL: "https://example.org/" });
    await fill(admin);
    expect(await firstRefusal(client, answered)).toMatchObject({ code: "server_error", status: 500 });
    expect(site.server.text.stderr).toMatch(
      /could not write: could not extend file [^:]*: No space left on device/,
    );
    expect(site.server.text.stderr).toContain("The disk of PostgreSQL is full, and nothing was written");
    expect((await client.read(`${PREFIX}/before`)).values.length).toBeGreaterThan(0);
    for (const [handle, note] of answered)
      expect((await client.readValue(handle, "NOTE"))?.data.value).toBe(note);

    await admin.query("DROP TABLE filler");
    const values = large();
    await client.create(`${PREFIX}/after`, values);
    answered.set(`${PREFIX}/after`, values.NOTE);
    await client.close();
    await site.server.stop("SIGKILL");
    site.server = await serve(site.directory, "--access-log", "off");
    client = createClient(credentials);
    for (const [handle, note] of answered)
      expect((await client.readValue(handle, "NOTE"))?.data.value).toBe(note);
  } finally {
    await client.close();
    await site.remove();
  }
});
