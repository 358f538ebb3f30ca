// Clients that write until something is killed, and the comparison of the store and its audit with what they were
// answered.
import type { HandleClient } from "@handlekit/client";
import { isHandleError } from "@handlekit/core";
import { type AuditHead, type AuditTrail, type ChainedEntry, verifyAudit } from "@handlekit/core/store";
import { expect } from "vitest";
import { readEntries } from "../../apps/server/src/audit/read-entries.ts";
import { sha256 } from "../../apps/server/src/transfer/sha256.ts";
import { PREFIX } from "../support/site.ts";

const LANES = 16;
/** The longest time between the first write that is answered and the kill. */
const MAX_MS = 400;
/** The handles of earlier rounds that are read again in each round. */
const SAMPLE = 200;
/** The whole audit is verified after so many kills, and after the last one. */
const WHOLE_EVERY = 10;

/** The number in the record of a handle, 0 for no record. */
type Numbers = Map<string, number>;

/** What may be there: the last number that was answered, or that of a write without an answer. */
interface Expected {
  readonly answered: Numbers;
  readonly unanswered: Numbers;
}

const valuesOf = (number: number) => ({ URL: `https://example.org/${number}`, NUMBER: `${number}` });

/** Writes to handles of one lane until a write fails: creates, changes twice, and deletes every third. */
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

/** Reads the audit, and checks it up to the writes of the last round. */
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

/** The process that is killed, and how it is started again. */
export interface Killed {
  /** How often. */
  readonly kills: number;
  /** Returns a client whose writes are never sent twice if `retry` is false. */
  createClient(retry: boolean): HandleClient;
  /** Kills it without warning. */
  kill(): Promise<unknown>;
  /** Brings it back. Resolves once writes of before have ended and requests are answered. */
  revive(): Promise<void>;
  /** The audit of the store, which is read after each round. */
  readonly audit: AuditTrail;
}

/** The counts of a test of kills. */
export interface KilledCounts {
  readonly handles: number;
  readonly entries: number;
  /** The longest time that `revive` took, in milliseconds. */
  readonly slowest: number;
}

/**
 * Lets clients write, kills something at an ever different moment, brings it back and compares: every write that was
 * answered is there, none is half there, and the audit has exactly these writes in a whole chain.
 */
export async function survive(killed: Killed): Promise<KilledCounts> {
  const { kills, audit } = killed;
  const expected: Expected = { answered: new Map(), unanswered: new Map() };
  const all: string[] = [];
  let slowest = 0;
  let head: AuditHead = await audit.head();
  for (let kill = 0; kill < kills; kill++) {
    const client = killed.createClient(false);
    const delay = (kill * 137) % MAX_MS;
    let ended: Promise<unknown> | undefined;
    let timer: NodeJS.Timeout | undefined;
    const end = () => {
      ended ??= killed.kill();
    };
    const onAnswer = () => {
      timer ??= setTimeout(end, delay);
    };
    const lanes = Array.from({ length: LANES }, (_, lane) =>
      write(client, `${kill}-${lane}`, expected, onAnswer),
    );
    for (const { reason } of (await Promise.allSettled(lanes)) as PromiseRejectedResult[]) {
      if (!isHandleError(reason)) throw reason;
    }
    clearTimeout(timer);
    end();
    await ended;
    await client.close();

    const began = performance.now();
    await killed.revive();
    slowest = Math.max(slowest, performance.now() - began);
    const again = killed.createClient(true);
    const touched = [...new Set([...expected.answered.keys(), ...expected.unanswered.keys()])].slice(
      all.length,
    );
    const earlier = Array.from(
      { length: Math.min(SAMPLE, all.length) },
      (_, i) => all[(i * 7919 + kill) % all.length] ?? "",
    );
    const isWhole = kill % WHOLE_EVERY === 0 || kill === kills - 1;
    head = await compareAudit(audit, head, expected, new Set(touched), isWhole);
    await compare(again, expected, new Set([...touched, ...earlier]));
    all.push(...touched);
    await again.close();
  }
  expect(all.length).toBeGreaterThan(kills);
  return { handles: all.length, entries: head.count, slowest: Math.round(slowest) };
}

/** The counts as a line. */
export function describeCounts(what: string, { handles, entries, slowest }: KilledCounts): string {
  return `${what}, ${handles} handles, ${entries} audit entries, slowest start ${slowest} ms`;
}
