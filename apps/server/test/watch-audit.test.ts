import type { Logger } from "@handlekit/core";
import type { AuditTrail } from "@handlekit/core/store";
import { openSqlite } from "@handlekit/store-sqlite";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { watchAudit } from "../src/audit/watch-audit.ts";
import { auditOf, makeHistory } from "./audit-support.ts";

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
const endings: (() => Promise<void>)[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(async () => {
  vi.useRealTimers();
  for (const end of endings.splice(0)) await end();
});

/** A log that keeps its lines. */
function createLog() {
  const lines: [string, Readonly<Record<string, unknown>>][] = [];
  const add = (message: string, fields = {}) => void lines.push([message, fields]);
  const log: Logger = { debug: add, info: add, warn: add, error: add };
  return { log, lines, heads: () => lines.flatMap(([, { head }]) => (head === undefined ? [] : [head])) };
}

async function open() {
  const { store, close } = await openSqlite({ file: ":memory:" });
  endings.push(close);
  return { store, audit: auditOf(store) };
}

const headOf = async (audit: AuditTrail) => {
  const { count, digest } = await audit.head();
  return `${count}:${digest}`;
};

it("logs the head at the start, each hour in which it has changed, and at the end", async () => {
  const { store, audit } = await open();
  const { log, heads } = createLog();
  const stop = await watchAudit(audit, { auditDays: 0, log });
  expect(heads()).toEqual(["0:"]);
  await vi.advanceTimersByTimeAsync(HOUR);
  expect(heads()).toHaveLength(1);
  await makeHistory(store, "20.500.12345/a");
  await vi.advanceTimersByTimeAsync(HOUR);
  await vi.waitFor(() => expect(heads()).toHaveLength(2), { timeout: 20_000 });
  expect(heads()[1]).toBe(await headOf(audit));
  await stop();
  expect(heads()).toEqual(["0:", await headOf(audit), await headOf(audit)]);
  await vi.advanceTimersByTimeAsync(10 * DAY);
  expect(heads()).toHaveLength(3);
  expect((await audit.head()).count).toBe(3);
});

it("removes old entries at the start and every day, in steps", async () => {
  const { store, audit } = await open();
  await makeHistory(store, "20.500.12345/a", "2026-01-01");
  await makeHistory(store, "20.500.12345/b", "2026-02-01");
  const { log, lines } = createLog();
  let now = Date.parse("2026-02-10");
  let steps = 0;
  const inSteps: AuditTrail = {
    ...audit,
    async removeBefore(time) {
      steps++;
      return { ...(await audit.removeBefore(time)), more: steps === 1 };
    },
  };
  const stop = await watchAudit(inSteps, { auditDays: 30, log, now: () => now });
  const removed = () => lines.filter(([message]) => message.startsWith("old audit"));
  await vi.waitFor(() => expect(removed()).toHaveLength(1), { timeout: 20_000 });
  expect(removed()[0]?.[1]).toEqual({ removed: 3, before: "2026-01-11T00:00:00.000Z" });
  expect(steps).toBe(2);
  expect((await audit.read({ limit: 9 })).map(({ number }) => number)).toEqual([4, 5, 6, 7]);
  now += 30 * DAY;
  await vi.advanceTimersByTimeAsync(DAY);
  await vi.waitFor(() => expect(removed()).toHaveLength(2), { timeout: 20_000 });
  expect(removed()[1]?.[1]).toMatchObject({ removed: 3 });
  await stop();
});

it("goes on after a failure", async () => {
  const { audit } = await open();
  const { log, lines } = createLog();
  const failing: AuditTrail = {
    ...audit,
    head: () => Promise.reject(new Error("disk")),
    removeBefore: () => Promise.reject(new Error("disk")),
  };
  await (await watchAudit(failing, { auditDays: 1, log }))();
  expect(lines.map(([message]) => message)).toEqual([
    "the head of the audit could not be read",
    "old audit entries could not be removed; it is tried again in a day",
    "the head of the audit could not be read",
  ]);
  await (await watchAudit(undefined, { auditDays: 1, log }))();
});
