// The built PostgreSQL store beside bare statements of pg, on a PostgreSQL of its own or that of HANDLEKIT_POSTGRES_URL:
// npm run bench -- --store postgres [--rounds N] [--seconds S]
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeValues, handleKey } from "@handlekit/core";
import { auditEntry } from "@handlekit/core/store";
import { openPostgres } from "@handlekit/store-postgres";
import { build } from "esbuild";
import pg from "pg";
import { handleOf, PREFIX, valuesOf } from "../server/record.mjs";
import { median } from "../server/report.mjs";

const CACHE = fileURLToPath(new URL("../../../node_modules/.cache/handlekit-bench", import.meta.url));
const HANDLES = 5000;
const FEW = 100;
const WRITERS = 16;
const READERS = 32;
const SOURCE = "../../../packages/store-postgres/test/start-postgres.ts";

/** @returns {Promise<typeof import("../../../packages/store-postgres/test/start-postgres.ts")>} */
export async function loadServer() {
  const outfile = join(CACHE, `start-postgres-${process.pid}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(SOURCE, import.meta.url))],
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    outfile,
  });
  try {
    return await import(outfile);
  } finally {
    await rm(outfile);
  }
}

const COLUMNS =
  "handle, idx, type, data, ttl_type, ttl, timestamp, refs, admin_read, admin_write, pub_read, pub_write";
const READ = { name: "point-read", text: `SELECT ${COLUMNS} FROM handles WHERE handle = $1` };

/** With indexes. */
const SIZES = `SELECT
  pg_total_relation_size('handles') / (SELECT count(DISTINCT handle) FROM handles) AS handles,
  pg_total_relation_size('handlekit_audit') / (SELECT count(*) FROM handlekit_audit) AS audit`;

/** A statement that inserts a record of as many values, without a comparison, a lock or an audit. @param {number} count */
function insertOf(count) {
  const rows = Array.from({ length: count }, (_, i) => {
    const at = 2 + i * 3;
    return `($1, $${at}, $${at + 1}, $${at + 2}, 0, 86400, 1700000000, '', true, true, true, false)`;
  });
  return { name: `insert-${count}`, text: `INSERT INTO handles (${COLUMNS}) VALUES ${rows.join(", ")}` };
}

/**
 * Runs work in so many lanes until the time is over. Resolves to calls per second and CPU per call in microseconds.
 *
 * @param {number} lanes
 * @param {number} seconds
 * @param {(i: number) => Promise<unknown>} work
 */
async function load(lanes, seconds, work) {
  let calls = 0;
  const before = process.cpuUsage();
  const began = performance.now();
  const end = began + seconds * 1000;
  const lane = async () => {
    while (performance.now() < end) await work(calls++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const { user, system } = process.cpuUsage(before);
  return { rate: calls / ((performance.now() - began) / 1000), cpu: (user + system) / calls };
}

/**
 * Measures the store, and prints one line for each work with the median of all rounds.
 *
 * @param {{ rounds: number, seconds: number }} options
 */
export async function benchPostgres({ rounds, seconds }) {
  const { startPostgres } = await loadServer();
  // With the settings that a database has when it is installed: each commit is synced to the disk.
  const server = await startPostgres([]);
  const connectionString = await server.schema();
  const warm = await openPostgres({ connectionString });
  const cold = await openPostgres({ connectionString, cacheBytes: 0 });
  const pool = new pg.Pool({ connectionString, max: WRITERS });
  const known = Array.from({ length: HANDLES }, (_, i) => handleKey(handleOf(i)));
  await Promise.all(known.map((key, i) => warm.store.commit(key, "absent", encodeValues(valuesOf(i)))));
  await pool.query("ANALYZE handles");
  let unused = HANDLES;
  const insert = insertOf(encodeValues(valuesOf(0)).length);
  const keyAt = (/** @type {number} */ i) => known[(i * 7919) % HANDLES] ?? handleKey("");
  const identity = { index: 300, handle: `${PREFIX}/ADMIN` };

  /** @type {Record<string, () => Promise<{ rate: number, cpu: number }>>} */
  const works = {
    "read, not cached": () => load(READERS, seconds, (i) => cold.store.read(keyAt(i))),
    "read, bare": () =>
      load(READERS, seconds, (i) => pool.query({ ...READ, values: [Buffer.from(keyAt(i))] })),
    "read, cached": () => load(READERS, seconds, (i) => warm.store.read(keyAt(i % FEW))),
    "create, audit": () =>
      load(WRITERS, seconds, () => {
        const handle = handleOf(unused);
        const after = encodeValues(valuesOf(unused++));
        const who = { identity, scheme: "basic", address: "127.0.0.1" };
        const entry = auditEntry({ ...who, time: new Date(), handle, before: undefined, after });
        return warm.store.commit(handleKey(handle), "absent", after, entry);
      }),
    "create, bare": () =>
      load(WRITERS, seconds, () => {
        const key = Buffer.from(handleKey(handleOf(unused)));
        const values = encodeValues(valuesOf(unused++)).flatMap(({ index, type, data }) => [
          index,
          type,
          data,
        ]);
        return pool.query({ ...insert, values: [key, ...values] });
      }),
  };
  /** @type {Record<string, { rate: number, cpu: number }[]>} */
  const samples = Object.fromEntries(Object.keys(works).map((name) => [name, []]));
  try {
    for (let round = 0; round <= rounds; round++) {
      // Every other round backwards, so that a machine that slows down favours nobody. The first compiles everything.
      for (const [name, work] of round % 2 ? Object.entries(works) : Object.entries(works).toReversed()) {
        const sample = await work();
        if (round > 0) samples[name]?.push(sample);
      }
    }
    await pool.query("VACUUM");
    const { rows } = await pool.query(SIZES);
    console.log(
      `${rows[0].handles} bytes on the disk for a handle, ${rows[0].audit} for an entry of the audit`,
    );
  } finally {
    await Promise.all([warm.close(), cold.close(), pool.end()]);
    await server.stop();
  }
  for (const [name, all] of Object.entries(samples)) {
    const [rate, cpu] = [median(all.map((each) => each.rate)), median(all.map((each) => each.cpu))];
    console.log(
      `${name.padEnd(18)} ${rate.toFixed(0).padStart(8)}/s ${cpu.toFixed(0).padStart(6)} µs CPU of this process`,
    );
  }
  const ratio = (/** @type {string} */ a, /** @type {string} */ b) =>
    median((samples[a] ?? []).map(({ rate }, i) => rate / (samples[b]?.[i]?.rate ?? Number.NaN))).toFixed(2);
  console.log(`read, not cached: ${ratio("read, not cached", "read, bare")} of bare (bar 0.8)`);
  console.log(`create, audit: ${ratio("create, audit", "create, bare")} of bare (bar 0.6)`);
}
