import { randomBytes } from "node:crypto";
import { open as openFile } from "node:fs/promises";
import { join } from "node:path";
import { HandleError, handleKey } from "@handlekit/core";
import type { RecordValues } from "@handlekit/core/store";
import { expect, it } from "vitest";
import { checkPostgres, type PostgresCheck } from "../src/mod.ts";
import { usePostgres } from "./use-postgres.ts";
import { value, valuesOf } from "./values.ts";

const { open, connect, server } = usePostgres();
const PREFIX = "20.500.12345";

async function check(connectionString: string): Promise<{ found: PostgresCheck; problems: string[] }> {
  const problems: string[] = [];
  const found = await checkPostgres({
    connectionString,
    onProblem: (where, reason) => problems.push(`${where}: ${reason}`),
  });
  return { found, problems };
}

async function openFilled(records: Readonly<Record<string, RecordValues>>) {
  const opened = await open();
  await opened.store.home(PREFIX);
  for (const [handle, values] of Object.entries(records)) {
    await opened.store.commit(handleKey(handle), "absent", values);
  }
  return opened;
}

it("finds nothing in a store that is whole, more than a page of it", async () => {
  const references = [{ index: 5, handle: "TEST/x\ty" }];
  const many = Array.from({ length: 1200 }, (_, i) => value(i + 1, `${i}`, { references }));
  const { connectionString } = await openFilled({
    [`${PREFIX}/A`]: many,
    [`${PREFIX}/B`]: valuesOf("1"),
    [`${PREFIX}/EMPTY`]: [],
    "OTHER/X": [],
  });
  expect(await check(connectionString)).toEqual({
    found: {
      records: 4,
      values: 1201,
      searchIndex: true,
      notHomed: [{ prefix: "OTHER", records: 1 }],
    },
    problems: [],
  });
});

it("names the handle and the index of a row that is not as it should be", async () => {
  const { connectionString } = await openFilled({ [`${PREFIX}/A`]: [value(1, "a"), value(2, "b")] });
  const client = await connect(connectionString);
  await client.query(`INSERT INTO handles (handle, idx, type, data, ttl_type, refs) VALUES
    ('${PREFIX}/lower', 1, 'URL', 'x', 0, ''),
    ('no handle', 1, 'URL', 'x', 0, ''),
    ('\\xff2f61', 1, 'URL', 'x', 0, ''),
    ('${PREFIX}/B', -1, 'URL', 'x', 0, ''),
    ('${PREFIX}/B', 1, '\\xff', 'x', 0, ''),
    ('${PREFIX}/B', 2, 'URL', 'x', 7, ''),
    ('${PREFIX}/B', 3, 'URL', 'x', 0, '5:TEST/a%0009nothing'),
    ('${PREFIX}/B', 4, NULL, NULL, NULL, NULL)`);
  await client.query("INSERT INTO handlekit_empty VALUES ('nothing')");
  await client.query("DELETE FROM handlekit_locks WHERE bucket IN (0, 7)");
  await client.query("DROP INDEX handlekit_search");
  const { found, problems } = await check(connectionString);
  expect(found).toMatchObject({ records: 6, values: 10, searchIndex: false });
  expect(problems.sort()).toEqual([
    `record "${PREFIX}/lower": its key has letters in lower case, and is never read`,
    'record "no handle": its key is not a handle',
    'record "nothing": its key is not a handle',
    'record "\ufffd/a": its key is not UTF-8, and is never read',
    expect.stringMatching(/^table handlekit_locks: 2 of its rows are missing/),
    `value -1 of "${PREFIX}/B": its index is negative`,
    `value 1 of "${PREFIX}/B": its type is not UTF-8`,
    `value 2 of "${PREFIX}/B": its ttl_type is 7, and not 0 or 1`,
    `value 3 of "${PREFIX}/B": its references cannot be read`,
  ]);
});

it("names the value that PostgreSQL cannot read any more, and reads the others", async () => {
  const large = randomBytes(100_000).toString("latin1");
  const { connectionString, close } = await openFilled({
    [`${PREFIX}/A`]: valuesOf("1"),
    [`${PREFIX}/B`]: [value(1, "small"), value(2, large)],
    [`${PREFIX}/C`]: valuesOf("3"),
  });
  const client = await connect(connectionString);
  await client.query("CHECKPOINT");
  const { rows } = await client.query(
    `SELECT current_setting('data_directory') AS folder, pg_relation_filepath(reltoastrelid) AS file
      FROM pg_class WHERE oid = 'handles'::regclass`,
  );
  await close();
  await server().kill();
  const file = await openFile(join(rows[0].folder, rows[0].file), "r+");
  await file.write(randomBytes(64), 0, 64, 5000);
  await file.close();
  await server().restart();
  const { found, problems } = await check(connectionString);
  expect(found).toMatchObject({ records: 3, values: 3 });
  expect(problems).toEqual([
    expect.stringMatching(
      new RegExp(`^value 2 of "${PREFIX}/B": it cannot be read: invalid page in block 0`),
    ),
  ]);
});

it("refuses a schema without tables, and creates none", async () => {
  const connectionString = await server().schema();
  const client = await connect(connectionString);
  for (let i = 0; i < 2; i++) {
    const error = await check(connectionString).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HandleError);
    expect(error).toMatchObject({ code: "store_failed", message: expect.stringContaining("has no tables") });
  }
  const { rows } = await client.query("SELECT FROM pg_tables WHERE schemaname = current_schema()");
  expect(rows.length).toBe(0);
});

it("ends with the reason of its signal", async () => {
  const { connectionString } = await openFilled({ [`${PREFIX}/A`]: valuesOf("1") });
  const reason = new Error("Stopped.");
  const ended = checkPostgres({
    connectionString,
    onProblem: () => undefined,
    signal: AbortSignal.abort(reason),
  });
  await expect(ended).rejects.toBe(reason);
});
