// hdl-server init into a database, and hdl-server check of one: from nothing to a record, and what is found when the
// database is damaged.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startPostgres, type TestPostgres } from "../../packages/store-postgres/test/start-postgres.ts";
import { freePort } from "../support/free-port.ts";
import { hdl, hdlServer, serve } from "../support/hdl.ts";

const PREFIX = "20.500.12345";
const DATABASE_PASSWORD = "S3CR3T-of-the-database";

let postgres: TestPostgres;
let store: string;
let folder: string;
let passwordFile: string;
const directory = () => join(folder, "data");
const init = async (name: string, ...flags: readonly string[]) =>
  hdlServer("init", join(folder, name), "--prefix", PREFIX, "--store", store, ...flags);

beforeAll(async () => {
  [postgres, folder] = await Promise.all([startPostgres(), mkdtemp(join(tmpdir(), "handlekit-"))]);
  store = await postgres.schemaOf("hdl", DATABASE_PASSWORD);
  passwordFile = join(folder, "database-password");
  await writeFile(passwordFile, `${DATABASE_PASSWORD}\n`, { mode: 0o600 });
});
afterAll(async () => {
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

it("creates a directory whose records are in the database, and serves them", async () => {
  const url = `https://127.0.0.1:${await freePort()}`;
  const made = await init("data", "--url", url, "--store-password-file", passwordFile);
  expect(made).toMatchObject({ code: 0, stdout: "" });
  expect(made.stderr).toContain("The records are in postgres:///postgres?");
  expect(made.stderr).not.toContain("S3CR3T");
  expect(await readdir(directory())).not.toContain("store.sqlite");
  expect(JSON.parse(await readFile(join(directory(), "config.json"), "utf8"))).toMatchObject({
    store,
    storePasswordFile: passwordFile,
  });
  const server = await serve(directory());
  for (const kind of ["password", "certificate"]) {
    const credentials = join(directory(), `credentials-${kind}.json`);
    const handle = `${PREFIX}/by-${kind}`;
    const created = await hdl("create", handle, "URL=https://example.org/", "--credentials", credentials);
    expect(created).toMatchObject({ code: 0, stderr: `created ${handle}\n` });
  }
  await server.stop();
});

it("refuses a prefix that the database has, in words, and leaves no directory", async () => {
  const again = await init("again", "--store-password-file", passwordFile);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain(`The database already has a record of 0.NA/${PREFIX}; nothing was changed.`);
  expect(await readdir(folder)).not.toContain("again");
});

it.each([
  [["--store", "handles.sqlite"], "--store cannot be used: it is not the address of a database"],
  [["--store", "postgres://hdl:in-argv@127.0.0.1/x"], "--store cannot be used: it contains a password"],
  [["--store-password-file", "x"], "--store-password-file is given without --store"],
  [["--store", "postgres://hdl@127.0.0.1:1/x"], "could not be opened: connect ECONNREFUSED"],
])("refuses %s", async (flags, message) => {
  const refused = await hdlServer("init", join(folder, "refused"), "--prefix", PREFIX, ...flags);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(message);
  expect(refused.stderr).not.toContain("in-argv");
  expect(await readdir(folder)).not.toContain("refused");
});

it("finds nothing in a database that is whole, and names what is not", async () => {
  const whole = await hdlServer("check", directory());
  expect(whole).toMatchObject({ code: 0, stderr: "" });
  const [records, audit, state, ...rest] = whole.stdout.trimEnd().split("\n");
  // The prefix handle has two values, the administrator's record three, those that were created two.
  expect(records).toBe("records  4 with 9 values; searches have their index");
  expect(audit).toMatch(/^audit {4}4 entries from 1; head 4:[0-9a-f]{64}$/);
  expect(state).toMatch(/^state {4}\d entries$/);
  expect(rest).toEqual(["no problems"]);

  const client = new pg.Client(`${store}&${new URLSearchParams({ password: DATABASE_PASSWORD })}`);
  await client.connect();
  await client.query(
    `INSERT INTO handles (handle, idx, type, ttl_type) VALUES ('${PREFIX}/BROKEN', 3, '\\xff', 0)`,
  );
  await client.query("INSERT INTO handlekit_state VALUES ('session/x', 1, '{')");
  await client.query("UPDATE handlekit_audit SET entry = 'x' WHERE number = 2");
  await client.end();
  const damaged = await hdlServer("check", directory(), "--head", `4:${"0".repeat(64)}`);
  expect(damaged.code).toBe(1);
  const problems = damaged.stdout.split("\n").filter((line) => line.startsWith("problem: "));
  expect(problems).toContain(`problem: value 3 of "${PREFIX}/BROKEN": its type is not UTF-8`);
  expect(problems).toContain('problem: state "session/x": it is not JSON');
  expect(problems).toContain("problem: audit entry 2: it cannot be read");
  expect(problems.some((line) => line.startsWith("problem: audit entry 4: "))).toBe(true);
});

it("says how a database is backed up", async () => {
  const { code, stderr } = await hdlServer("backup", directory(), join(folder, "backup"));
  expect(code).toBe(2);
  expect(stderr).toContain("Back a PostgreSQL database up with pg_dump");
});
