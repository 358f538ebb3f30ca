// hdl-server is killed again and again while clients create, change and delete: every write that was answered is there,
// none is half there, and the server starts again at once. HANDLEKIT_LONG=1 kills it 200 times instead of 5.
import { createClient, type HandleClient } from "@handlekit/client";
import { isHandleError } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { afterAll, beforeAll, expect, it } from "vitest";
import { serve } from "../support/hdl.ts";
import { createSite, PREFIX, type Site } from "../support/site.ts";

const KILLS = process.env.HANDLEKIT_LONG === "1" ? 200 : 5;
const LANES = 16;
/** The longest time between the first answer and the kill. */
const MAX_MS = 400;
/** The handles of earlier rounds that are read again in each round. */
const SAMPLE = 200;

let site: Site;

beforeAll(async () => {
  site = await createSite("--access-log", "off");
});
afterAll(() => site?.remove());

/** The number in the record of a handle, 0 for no record. */
type Numbers = Map<string, number>;

/** What may be there: the last number that was answered, or that of a write without an answer. */
interface Expected {
  readonly answered: Numbers;
  readonly unanswered: Numbers;
}

const valuesOf = (number: number) => ({ URL: `https://example.org/${number}`, NUMBER: `${number}` });

/** Writes to handles of one lane until the server is gone: creates, changes twice, and deletes every third. */
async function write(client: HandleClient, lane: string, { answered, unanswered }: Expected): Promise<void> {
  const attempt = async (handle: string, number: number, call: () => Promise<unknown>) => {
    unanswered.set(handle, number);
    await call();
    answered.set(handle, number);
    unanswered.delete(handle);
  };
  for (let i = 0; ; i++) {
    const handle = `${PREFIX}/${lane}-${i}`;
    await attempt(handle, 1, () => client.create(handle, valuesOf(1)));
    for (const number of [2, 3]) {
      await attempt(handle, number, () => client.modify(handle, valuesOf(number)));
    }
    if (i % 3 === 2) await attempt(handle, 0, () => client.delete(handle));
  }
}

/** Reads the number of a handle. Throws if the record has the values of two writes. */
async function numberOf(client: HandleClient, handle: string): Promise<number> {
  const record = await client.read(handle).catch((error: unknown) => {
    if (isHandleError(error, "handle_not_found")) return undefined;
    throw error;
  });
  if (record === undefined) return 0;
  const text = (type: string) => record.values.find((value) => value.type === type)?.data.value;
  const number = Number(text("NUMBER"));
  expect([handle, text("URL")]).toEqual([handle, `https://example.org/${number}`]);
  return number;
}

async function compare(client: HandleClient, expected: Expected, handles: Iterable<string>): Promise<void> {
  for (const handle of handles) {
    const number = await numberOf(client, handle);
    const possible = [expected.answered.get(handle) ?? 0];
    const other = expected.unanswered.get(handle);
    if (other !== undefined) possible.push(other);
    expect(possible, handle).toContain(number);
    expected.answered.set(handle, number);
    expected.unanswered.delete(handle);
  }
}

it(
  `keeps every write that it answered, through ${KILLS} kills`,
  async () => {
    const credentials = await loadCredentials(site.credentials.password);
    const expected: Expected = { answered: new Map(), unanswered: new Map() };
    const all: string[] = [];
    let slowest = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const client = createClient(credentials, { transport: { retries: { limit: 0 } } });
      const delay = (kill * 137) % MAX_MS;
      let killed: Promise<unknown> | undefined;
      await client.read(`0.NA/${PREFIX}`);
      const timer = setTimeout(() => {
        killed = site.server.stop("SIGKILL");
      }, delay);
      const lanes = Array.from({ length: LANES }, (_, lane) => write(client, `${kill}-${lane}`, expected));
      for (const { reason } of (await Promise.allSettled(lanes)) as PromiseRejectedResult[]) {
        expect(isHandleError(reason)).toBe(true);
      }
      clearTimeout(timer);
      await killed;
      await client.close();

      const began = performance.now();
      site.server = await serve(site.directory, "--access-log", "off");
      slowest = Math.max(slowest, performance.now() - began);
      const again = createClient(credentials);
      const touched = [...new Set([...expected.answered.keys(), ...expected.unanswered.keys()])].slice(
        all.length,
      );
      const earlier = Array.from(
        { length: Math.min(SAMPLE, all.length) },
        (_, i) => all[(i * 7919 + kill) % all.length] ?? "",
      );
      await compare(again, expected, new Set([...touched, ...earlier]));
      all.push(...touched);
      await again.close();
    }
    expect(all.length).toBeGreaterThan(KILLS);
    if (process.env.HANDLEKIT_LONG === "1") {
      console.log(`${KILLS} kills, ${all.length} handles, slowest start ${Math.round(slowest)} ms`);
    }
  },
  KILLS * 20_000,
);
