import { encodeUtf8 } from "@handlekit/core";
import type { HandleKey, HandleStore, ValueQuery } from "@handlekit/core/store";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPostgres } from "../src/mod.ts";
import { usePostgres } from "./use-postgres.ts";

const { server, open, connect } = usePostgres();
const RECORDS = 25_000;
let connectionString: string;
let find: NonNullable<HandleStore["find"]>;
let close: () => Promise<void>;

const dataOf = (i: number) => (i % 1000 === 7 ? "rare" : `https://example.org/${i % 5 === 0 ? "same" : i}`);
const keyOf = (i: number) => `20.5/${String(i).padStart(6, "0")}` as HandleKey;
/** One record has more values than one statement reads. */
const LARGE = "20.50/LARGE" as HandleKey;

beforeAll(async () => {
  connectionString = await server().schema();
  const opened = await openPostgres({ connectionString, maxConnections: 2 });
  close = opened.close;
  find = (query) => opened.store.find?.(query) ?? Promise.reject(new Error("There is no search."));
  const client = new pg.Client({ connectionString });
  await client.connect();
  const columns = "INSERT INTO handles (handle, idx, type, data, pub_read)";
  await client.query(`${columns} SELECT ('20.5/' || lpad(i::text, 6, '0'))::bytea, 1, 'URL', (CASE WHEN i % 1000 = 7 THEN 'rare'
    ELSE 'https://example.org/' || CASE WHEN i % 5 = 0 THEN 'same' ELSE i::text END END)::bytea, true
    FROM generate_series(0, ${RECORDS - 1}) i`);
  await client.query(
    `${columns} SELECT '${LARGE}', i, 'URL', ('large' || i)::bytea, true FROM generate_series(1, 3000) i`,
  );
  await client.query("ANALYZE handles");
  await client.end();
});
afterAll(() => close());

it("goes through many records in steps, each once and in order", async () => {
  const all = { prefix: "20.5", after: undefined, limit: 100_000 };
  const queries: (readonly [ValueQuery, (data: string) => boolean])[] = [
    [{ ...all, data: encodeUtf8("https://example.org/same") }, (data) => data.endsWith("/same")],
    [{ ...all, type: "URL", data: encodeUtf8("rare") }, (data) => data === "rare"],
    [{ ...all, pattern: "https://example.org/*" }, (data) => data !== "rare"],
    [{ ...all, pattern: "*/same" }, (data) => data.endsWith("/same")],
    [{ ...all, pattern: "https://example.org/1*" }, (data) => /\/1/.test(data)],
    [{ ...all, type: "EMAIL", pattern: "*" }, () => false],
  ];
  for (const [query, isFound] of queries) {
    const expected = Array.from({ length: RECORDS }, (_, i) => i).filter((i) => isFound(dataOf(i)));
    expect(await find(query)).toEqual(expected.map(keyOf));
    const page = await find({ ...query, after: keyOf(5000), limit: 3 });
    expect(page).toEqual(
      expected
        .filter((i) => i > 5000)
        .slice(0, 3)
        .map(keyOf),
    );
  }
});

it("finds the last value of a record that has more of them than one statement reads", async () => {
  const query = { prefix: "20.50", after: undefined, limit: 10 };
  for (const pattern of ["large3000", "large3000*", "*rge3000"]) {
    expect(await find({ ...query, pattern })).toEqual([LARGE]);
  }
});

it("looks up data and beginnings in the index", async () => {
  const client = await connect(connectionString);
  const planOf = async (sql: string) => {
    const { rows }: pg.QueryResult<{ "QUERY PLAN": string }> = await client.query(`EXPLAIN ${sql}`);
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  };
  const range = "pub_read AND (handle, idx) > ('', 0) AND handle < '\\xff'";
  const begins = "substring(data from 1 for 48)";
  const plans = [
    `SELECT handle FROM handles WHERE ${range} AND ${begins} = 'rare' AND md5(data) = md5('rare') AND data = 'rare' ORDER BY handle, idx LIMIT 1000`,
    `SELECT DISTINCT handle FROM handles WHERE pub_read AND handle >= '' AND handle < '\\xff' AND ${begins} >= 'rare' AND ${begins} < 'rarf' LIMIT 20001`,
  ];
  for (const sql of plans) expect(await planOf(sql)).toContain("handlekit_search");
});

it("searches without the index, which is not made for records that are there, and says how to make it", async () => {
  const warnings: unknown[] = [];
  const quiet = { debug() {}, info() {}, error() {} };
  const log = { ...quiet, warn: (message: string, fields?: object) => warnings.push([message, fields]) };
  const address = await server().schema();
  const client = await connect(address);
  await client.query(
    `CREATE TABLE handles (LIKE ${new URL(connectionString).searchParams.get("options")?.split("=")[1]}.handles)`,
  );
  await client.query("ALTER TABLE handles ADD PRIMARY KEY (handle, idx)");
  await client.query(
    "INSERT INTO handles (handle, idx, type, data, pub_read) VALUES ('20.5/A', 1, 'URL', 'abc', true)",
  );
  const { store } = await open({ connectionString: address, log });
  expect(warnings).toEqual([
    [
      "the search index is missing: searches read every value",
      {
        database: expect.stringMatching(/^postgres:/),
        sql: expect.stringMatching(/^CREATE INDEX CONCURRENTLY handlekit_search ON handles /),
      },
    ],
  ]);
  const query = { after: undefined, limit: 10 };
  expect(await store.find?.({ ...query, pattern: "ab*" })).toEqual(["20.5/A"]);
  expect(await store.find?.({ ...query, data: encodeUtf8("abc") })).toEqual(["20.5/A"]);
  const [[, { sql }]] = warnings as [[string, { sql: string }]];
  await client.query(sql);
  warnings.length = 0;
  await open({ connectionString: address, log });
  expect(warnings).toEqual([]);
});
