// The primary of two database hosts is killed while clients create handles, and its standby promoted, again and again:
// every create that was answered is there, because the primary answers only when the standby has it.
// HANDLEKIT_LONG=1 does it 20 times instead of twice.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, type HandleClient } from "@handlekit/client";
import { isHandleError } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { dataOf, type PostgresHost } from "../../packages/store-postgres/test/postgres-host.ts";
import { startOwnHost } from "../../packages/store-postgres/test/start-postgres.ts";
import { promote, setSynchronous, startStandby } from "../../packages/store-postgres/test/start-standby.ts";
import { createDatabaseSite } from "../support/database-site.ts";
import { serve } from "../support/hdl.ts";
import { PREFIX, type Site } from "../support/site.ts";

const ROUNDS = process.env.HANDLEKIT_LONG === "1" ? 20 : 2;
const LANES = 8;
/** The answered creates of a round before the primary is killed. */
const ENOUGH = 100;
const SETTINGS = ["fsync=off"];
/** The handles of earlier rounds that are read again in each round. */
const SAMPLE = 100;

let primary: PostgresHost;
let standby: PostgresHost;
let site: Site;
const directories: string[] = [];

beforeAll(async () => {
  primary = await startOwnHost(SETTINGS);
  directories.push(primary.directory, mkdtempSync(join(tmpdir(), "handlekit-pg-")));
  standby = await startStandby(primary, directories[1] ?? "", "other", SETTINGS);
  const hosts = `postgres:///postgres?user=postgres&host=${directories.join(",")}`;
  site = await createDatabaseSite(hosts, { workers: 2 });
  site.server = await serve(site.directory);
}, 120_000);
afterAll(async () => {
  await site?.remove();
  for (const host of [primary, standby]) if (host?.isRunning) await host.end("SIGQUIT");
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** Creates handles until the end; returns those that were answered, and the longest time without an answer. */
async function load(client: HandleClient, round: number, isOver: () => boolean, answered: string[]) {
  let last = performance.now();
  let longest = 0;
  const errors: unknown[] = [];
  await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => {
      for (let i = 0; !isOver(); i++) {
        const handle = `${PREFIX}/${round}-${lane}-${i}`;
        try {
          await client.create(handle, { URL: `https://example.org/${round}/${lane}/${i}` });
          answered.push(handle);
          longest = Math.max(longest, performance.now() - last);
          last = performance.now();
        } catch (error) {
          errors.push(error);
        }
      }
    }),
  );
  return { longest, errors };
}

async function assertThere(client: HandleClient, handles: Iterable<string>): Promise<void> {
  for (const handle of handles) {
    const value = await client.readValue(handle, "URL");
    const [round, lane, i] = handle.slice(PREFIX.length + 1).split("-");
    expect(value?.data.value, handle).toBe(`https://example.org/${round}/${lane}/${i}`);
  }
}

it(
  `loses no answered create through ${ROUNDS} fail-overs`,
  async () => {
    const client = createClient(await loadCredentials(site.credentials.password), {
      transport: { retries: { limit: 0 } },
    });
    const all: string[] = [];
    const gaps: number[] = [];
    let failed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      await setSynchronous(primary, "other");
      const answered: string[] = [];
      let isOver = false;
      const loading = load(client, round, () => isOver, answered);
      await vi.waitFor(() => expect(answered.length).toBeGreaterThan(ENOUGH), { timeout: 30_000 });
      await primary.end("SIGQUIT");
      await promote(standby);
      const before = answered.length;
      await vi.waitFor(() => expect(answered.length).toBeGreaterThan(before + ENOUGH), { timeout: 30_000 });
      isOver = true;
      const { longest, errors } = await loading;
      gaps.push(Math.round(longest));
      failed += errors.length;
      for (const error of errors) expect(isHandleError(error), String(error)).toBe(true);
      await assertThere(client, answered);
      await assertThere(
        client,
        Array.from({ length: Math.min(SAMPLE, all.length) }, (_, i) => all[(i * 7919) % all.length] ?? ""),
      );
      all.push(...answered);
      [primary, standby] = [standby, primary];
      expect(dataOf(standby)).not.toBe(dataOf(primary));
      standby = await startStandby(primary, standby.directory, "other", SETTINGS);
    }
    await client.close();
    const summary = `${ROUNDS} fail-overs, ${all.length} creates answered and all there, ${failed} failed; longest time without an answer ${gaps.join(", ")} ms`;
    if (process.env.HANDLEKIT_LONG === "1") console.log(summary);
  },
  ROUNDS * 90_000,
);
