// hdl-server is killed again and again while clients create, change and delete: every write that was answered is there,
// none is half there, the audit has exactly these writes in a whole chain, and the server starts again at once.
// HANDLEKIT_LONG=1 kills it 200 times instead of 5.
import { createClient, type HandleClient } from "@handlekit/client";
import { isHandleError } from "@handlekit/core";
import { type AuditHead, type AuditTrail, type ChainedEntry, verifyAudit } from "@handlekit/core/store";
import { loadCredentials } from "@handlekit/credentials/file";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readEntries } from "../../apps/server/src/audit/read-entries.ts";
import { openDirectoryStore } from "../../apps/server/src/control/open-store.ts";
import { sha256 } from "../../apps/server/src/transfer/sha256.ts";
import { serve } from "../support/hdl.ts";
import { createSite, PREFIX, type Site } from "../support/site.ts";

const KILLS = process.env.HANDLEKIT_LONG === "1" ? 200 : 5;
const LANES = 16;
/** The longest time between the first write that is answered and the kill. */
const MAX_MS = 400;
/** The handles of earlier rounds that are read again in each round. */
const SAMPLE = 200;
/** The whole audit is verified after so many kills, and after the last one. */
const WHOLE_EVERY = 10;

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
async function write(
  client: HandleClient,
  lane: string,
  { answered, unanswered }: Expected,
  onAnswer: () => void,
): Promise<void> {
  const attempt = async (handle: string, number: number, call: () => Promise<unknown>) => {
    unanswered.set(handle, number);
    await call();
    answered.set(handle, number);
    unanswered.delete(handle);
    onAnswer();
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

/** The numbers that a handle had, of which the last one was answered. */
function writesOf(answered: number | undefined): number[] {
  if (answered === undefined) return [];
  return answered === 0 ? [1, 2, 3, 0] : Array.from({ length: answered }, (_, i) => i + 1);
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

/** The number that an entry says the record has after it. */
function numberIn({ entry }: ChainedEntry): number {
  const data = entry.after?.find(({ type }) => type === "NUMBER")?.data;
  return data === undefined ? 0 : Number(new TextDecoder().decode(data));
}

/** Reads the audit through the running server, and checks it up to the writes of the last round. */
async function compareAudit(
  audit: AuditTrail,
  last: AuditHead,
  { answered, unanswered }: Expected,
  touched: ReadonlySet<string>,
  whole: boolean,
): Promise<AuditHead> {
  const head = await audit.head();
  expect(head.count).toBeGreaterThanOrEqual(last.count);
  const added: ChainedEntry[] = [];
  for (let after = last.count; after < head.count; after = added.at(-1)?.number ?? head.count) {
    added.push(...(await audit.read({ after, limit: 1000 })));
  }
  expect(added[0]?.previous ?? last.digest).toBe(last.digest);
  // Without the entries before, which earlier rounds have verified.
  const { problems } = await verifyAudit(added, { sha256 });
  expect(problems.filter(({ number }) => number > last.count + 1)).toEqual([]);
  const numbers = new Map([...touched].map((handle): [string, number[]] => [handle, []]));
  for (const entry of added) {
    expect(touched, "an entry of a handle that nobody wrote").toContain(entry.entry.handle);
    numbers.get(entry.entry.handle)?.push(numberIn(entry));
  }
  for (const [handle, found] of numbers) {
    const expected = writesOf(answered.get(handle));
    const next = unanswered.get(handle);
    expect(next === undefined ? [expected] : [expected, [...expected, next]], handle).toContainEqual(found);
  }
  if (whole) {
    const all = readEntries(audit, new AbortController().signal, () => undefined);
    expect(await verifyAudit(all, { head: last, sha256 })).toMatchObject({ first: 1, problems: [], head });
  }
  return head;
}

it(
  `keeps every write that it answered, through ${KILLS} kills`,
  async () => {
    const credentials = await loadCredentials(site.credentials.password);
    const expected: Expected = { answered: new Map(), unanswered: new Map() };
    const all: string[] = [];
    let slowest = 0;
    const served = await openDirectoryStore(site.directory, "store.sqlite");
    if (served.store.audit === undefined) throw new Error("the store keeps no audit");
    const { audit } = served.store;
    let head: AuditHead = await audit.head();
    for (let kill = 0; kill < KILLS; kill++) {
      const client = createClient(credentials, { transport: { retries: { limit: 0 } } });
      const delay = (kill * 137) % MAX_MS;
      let killed: Promise<unknown> | undefined;
      let timer: NodeJS.Timeout | undefined;
      const end = () => {
        killed ??= site.server.stop("SIGKILL");
      };
      const onAnswer = () => {
        timer ??= setTimeout(end, delay);
      };
      const lanes = Array.from({ length: LANES }, (_, lane) =>
        write(client, `${kill}-${lane}`, expected, onAnswer),
      );
      for (const { reason } of (await Promise.allSettled(lanes)) as PromiseRejectedResult[]) {
        expect(isHandleError(reason)).toBe(true);
      }
      clearTimeout(timer);
      end();
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
      const isWhole = kill % WHOLE_EVERY === 0 || kill === KILLS - 1;
      head = await compareAudit(audit, head, expected, new Set(touched), isWhole);
      await compare(again, expected, new Set([...touched, ...earlier]));
      all.push(...touched);
      await again.close();
    }
    expect(all.length).toBeGreaterThan(KILLS);
    if (process.env.HANDLEKIT_LONG === "1") {
      const entries = `${head.count} audit entries`;
      console.log(
        `${KILLS} kills, ${all.length} handles, ${entries}, slowest start ${Math.round(slowest)} ms`,
      );
    }
  },
  KILLS * 20_000,
);
