// The database of hdl-server goes away under load and comes back: meanwhile requests are answered from memory or with a
// clear 503, no write that was answered is lost, and the server goes on by itself. HANDLEKIT_LONG=1 takes the database
// away for 30 seconds instead of 3.
import { createClient, type HandleClient } from "@handlekit/client";
import { type HandleError, isHandleError } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type PostgresFixture, usePostgres } from "../../packages/store-postgres/test/use-postgres.ts";
import { serveDatabaseSite } from "../support/database-site.ts";
import { PREFIX, type Site } from "../support/site.ts";

const LONG = process.env.HANDLEKIT_LONG === "1";
const AWAY_MS = LONG ? 30_000 : 3000;
const LANES = 16;
/** A lane waits so long after a refusal, as clients do. */
const PAUSE_MS = 20;

const { server, connect }: PostgresFixture = usePostgres();
let site: Site;
let client: HandleClient;

beforeEach(async () => {
  site = await serveDatabaseSite(await server().schema(), "--access-log", "off");
  client = createClient(await loadCredentials(site.credentials.password), {
    transport: { retries: { limit: 0 } },
  });
});
afterEach(async () => {
  await client?.close();
  await site?.remove();
});

const BUSY = { code: "server_busy", status: 503, responseCode: 3, retryable: true };
const handleOf = (lane: number, i: number) => `${PREFIX}/away-${lane}-${i}`;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The answers to the lanes. */
interface Answers {
  readonly written: Map<string, string>;
  readonly refused: HandleError[];
  reads: number;
}

/** Creates handles and reads them again until it is told to stop. */
async function runLane(lane: number, answers: Answers, isOver: () => boolean): Promise<void> {
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!isHandleError(error)) throw error;
      answers.refused.push(error);
      await pause(PAUSE_MS);
    }
  };
  for (let i = 0; !isOver(); i++) {
    const handle = handleOf(lane, i);
    const url = `https://example.org/${lane}/${i}`;
    await attempt(async () => {
      await client.create(handle, { URL: url });
      answers.written.set(handle, url);
    });
    await attempt(async () => {
      const [known = `${PREFIX}/ADMIN`] = answers.written.keys();
      await client.read(known);
      answers.reads++;
    });
  }
}

it(
  "answers with 503 while the database is away under load, and loses no write that it answered",
  async () => {
    const answers: Answers = { written: new Map(), refused: [], reads: 0 };
    let isOver = false;
    const lanes = Promise.all(
      Array.from({ length: LANES }, (_, lane) => runLane(lane, answers, () => isOver)),
    );
    lanes.catch(() => undefined);
    await vi.waitFor(() => expect(answers.written.size).toBeGreaterThan(200), { timeout: 20_000 });
    await server().kill();
    await pause(AWAY_MS);
    const before = { written: answers.written.size, reads: answers.reads, refused: answers.refused.length };
    await server().restart();
    await vi.waitFor(() => expect(answers.written.size).toBeGreaterThan(before.written + 200), {
      timeout: 30_000,
    });
    isOver = true;
    await lanes;
    expect(before.refused).toBeGreaterThan(LANES);
    for (const error of answers.refused) expect(error).toMatchObject(BUSY);
    for (const [handle, url] of answers.written) {
      expect((await client.readValue(handle, "URL"))?.data.value).toBe(url);
    }
    expect(site.server.text.stderr).not.toContain('"message":"unexpected error"');
    if (LONG) {
      const { written, reads, refused } = answers;
      console.log(
        `away ${AWAY_MS} ms: ${written.size} writes answered, ${reads} reads, ${refused.length} times 503`,
      );
    }
  },
  AWAY_MS + 180_000,
);

it("goes on when the connections of its pool are ended, again and again", async () => {
  const admin = await connect(server().address({}));
  await client.create(`${PREFIX}/known`, { URL: "https://example.org/" });
  const refused: unknown[] = [];
  const written: string[] = [];
  for (let round = 0; round < 20; round++) {
    await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const handle = `${PREFIX}/ended-${round}-${i}`;
        await client.create(handle, { URL: "https://example.org/" }).then(
          () => written.push(handle),
          (error: unknown) => refused.push(error),
        );
      }),
    );
    await admin.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'handlekit'",
    );
    // At once, and although each write may find a connection that has ended.
    expect((await client.read(`${PREFIX}/known`)).values.length).toBeGreaterThan(0);
  }
  for (const error of refused) expect(error).toMatchObject(BUSY);
  expect(written.length).toBeGreaterThan(0);
  for (const handle of written) expect((await client.read(handle)).values.length).toBeGreaterThan(0);
  await vi.waitFor(() => client.create(`${PREFIX}/after`, { URL: "https://example.org/" }), {
    timeout: 20_000,
  });
});
