import { inspect } from "node:util";
import type { BulkOperation, BulkOutcome, BulkReport } from "@handlekit/client";
import { HandleError, type HandleValueInput, isHandleError } from "@handlekit/core";
import { createMemoryJournal, type Journal, type JournalEntry } from "@handlekit/core/journal";
import { type Fault, withProbability } from "@handlekit/testing";
import type { Transport, TransportOptions } from "@handlekit/transport";
import { describe, expect, it, onTestFinished } from "vitest";
import { adminFor, type FaultSite, onMethod, PREFIX, QUICK, startSite } from "./fault-site.ts";

const nth = (i: number) => `${PREFIX}/bulk-${i}`;
const create = (i: number): BulkOperation => ({ kind: "create", handle: nth(i), values: { URL: `u${i}` } });
const creates = (count: number) => Array.from({ length: count }, (_, i) => create(i));
const url = (data: string): HandleValueInput => ({ index: 1, type: "URL", data });

const sum = ({ done, failed, unknown, skipped }: BulkReport) => done + failed + unknown + skipped;

/** Keeps the outcomes of a run. */
function collect() {
  const outcomes: BulkOutcome[] = [];
  return { outcomes, onProgress: (outcome: BulkOutcome) => outcomes.push(outcome) };
}

async function entriesOf(journal: Journal): Promise<readonly JournalEntry[]> {
  const entries = [];
  for await (const entry of journal.entries()) entries.push(entry);
  return entries;
}

/** Returns the journal that a process leaves if it is killed after some entries. */
async function cutOff(journal: Journal, keep: (entry: JournalEntry) => boolean): Promise<Journal> {
  const cut = createMemoryJournal();
  await cut.append((await entriesOf(journal)).filter(keep));
  return cut;
}

const stateOf = ({ data }: JournalEntry) => (data as { readonly state?: unknown } | undefined)?.state;

describe("a bulk run", () => {
  it("carries out every kind, in order on one handle, and reports each item once", async () => {
    const site = await startSite();
    const handles = Array.from({ length: 40 }, (_, i) => nth(i));
    const operations: BulkOperation[] = [
      ...creates(40),
      ...handles.flatMap((handle): BulkOperation[] => [
        { kind: "modify", handle, values: { URL: "new", TITLE: "t" }, ttl: 60 },
        { kind: "deleteValues", handle: handle.toUpperCase(), which: ["TITLE"] },
      ]),
      ...handles.slice(0, 20).map((handle): BulkOperation => ({ kind: "delete", handle })),
      { kind: "create", handle: nth(39), values: { URL: "again" } },
      { kind: "create", handle: nth(38), values: { URL: "again" }, overwrite: true },
      { kind: "modify", handle: nth(37), values: { NONE: "x" }, add: false },
      { kind: "delete", handle: "no handle" },
    ];
    const { outcomes, onProgress } = collect();
    const report = await site.client().bulk(operations, { onProgress });
    expect(report).toEqual({ total: 144, done: 141, failed: 3, unknown: 0, skipped: 0, aborted: false });
    expect(outcomes.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual([...operations.keys()]);
    expect(outcomes.every(({ number, operation }) => operations[number] === operation)).toBe(true);
    const failed = outcomes.filter(({ status }) => status === "failed");
    expect(failed.map(({ number, error }) => [number, error?.code]).toSorted()).toEqual([
      [140, "handle_exists"],
      [142, "values_not_found"],
      [143, "invalid_handle"],
    ]);
    expect(outcomes.filter(({ status, change }) => (status === "done") !== (change !== undefined))).toEqual(
      [],
    );
    for (const [i, handle] of handles.entries()) {
      const values = await site.stored(handle);
      expect(values?.map(({ index }) => index)).toEqual(i < 20 ? undefined : [1, 100]);
      if (i === 25) expect(values?.[0]).toMatchObject({ data: { value: "new" }, ttl: 60 });
    }
  });

  it("fails an operation of an unknown kind, and sends nothing", async () => {
    const site = await startSite();
    const { outcomes, onProgress } = collect();
    const odd = [
      { kind: "update", handle: nth(1), values: { URL: "q" } },
      { kind: "delete" },
      { handle: nth(1) },
      { kind: "create", handle: nth(1) },
      { kind: "create", handle: 5, values: {} },
      null,
      undefined,
      "delete",
    ] as unknown as BulkOperation[];
    const report = await site.client().bulk(odd, { onProgress, journal: createMemoryJournal() });
    expect([report.failed, report.unknown, site.log]).toEqual([odd.length, 0, []]);
    expect(new Set(outcomes.map(({ error }) => error?.code))).toEqual(new Set(["invalid_options"]));
  });

  it("rejects for an operation that is not JSON, by which a journal could not know it", async () => {
    const site = await startSite();
    const odd = { kind: "create", handle: nth(1), values: { URL: 1n } } as unknown as BulkOperation;
    const error = await site
      .client()
      .bulk([odd])
      .catch((thrown: unknown) => thrown);
    expect([isHandleError(error, "invalid_options"), site.log]).toEqual([true, []]);
  });

  it("does not report as failed, on resuming, an item that may have been carried out", async () => {
    const site = await startSite({ seed: { [nth(1)]: [url("u"), adminFor("USER")] } });
    const values = ["1", "2"].map((data) => ({ type: "A", data }));
    const operations: BulkOperation[] = [{ kind: "modify", handle: nth(1), values }];
    const journal = createMemoryJournal();
    expect((await site.client().bulk(operations, { journal })).done).toBe(1);
    const begun = await cutOff(journal, (entry) => stateOf(entry) !== "done");
    expect((await site.client().bulk(operations, { journal: begun })).unknown).toBe(1);
    expect((await site.stored(nth(1)))?.filter(({ type }) => type === "A")).toHaveLength(2);
  });

  /** Creates a client that records, at each request, how many were running. */
  function watched(site: FaultSite, how: TransportOptions = QUICK) {
    const inner = site.transport(how);
    const underWay: number[] = [];
    let count = 0;
    const transport: Transport = {
      ...inner,
      async send(request, options) {
        underWay.push(++count);
        return inner.send(request, options).finally(() => count--);
      },
    };
    return { client: site.client("USER", { transport }), underWay };
  }

  it("runs no more items than it may, and fewer while the server is busy", async () => {
    const site = await startSite({ faults: ({ n }) => (n === 101 ? { kind: "busy" } : undefined) });
    const { client, underWay } = watched(site);
    expect((await client.bulk(creates(300), { concurrency: 16 })).done).toBe(300);
    expect(Math.max(...underWay)).toBe(16);
    // After the one 503 the limit was 8, and then grew by one after every 20 items.
    expect(Math.max(...underWay.slice(125, 140))).toBeLessThanOrEqual(10);
    expect(Math.max(...underWay.slice(200))).toBeGreaterThan(10);
  });

  it.each(["PUT", "GET"])(
    "slows down for a busy answer to a %s without the transport's help, too",
    async (method) => {
      const seed = Object.fromEntries(
        Array.from({ length: 100 }, (_, i) => [nth(i), [url("old"), adminFor("USER")]]),
      );
      const site = await startSite({ seed, faults: onMethod(method, ...Array(40), { kind: "too-many" }) });
      // No fault hangs: a busy machine must not look like one.
      const { client, underWay } = watched(site, { retries: { limit: 0 } });
      const operations = Array.from({ length: 100 }, (_, i): BulkOperation => {
        return { kind: "modify", handle: nth(i), values: { URL: "new" } };
      });
      expect((await client.bulk(operations, { concurrency: 16 })).done).toBe(100);
      expect([Math.max(...underWay), site.injected("too-many")]).toEqual([16, 1]);
      // When the server was busy, at most 16 items were running: by request 130 those beyond 8 have ended; 60 items remain.
      expect(Math.max(...underWay.slice(130, 180))).toBeLessThanOrEqual(11);
    },
  );

  it("gives an item up if the server stays busy", async () => {
    const site = await startSite({ faults: () => ({ kind: "busy" }) });
    const { outcomes, onProgress } = collect();
    expect(await site.client().bulk(creates(2), { onProgress })).toMatchObject({ failed: 2, unknown: 0 });
    expect(outcomes.map(({ error }) => error?.code)).toEqual(["server_busy", "server_busy"]);
  });

  it("loses nothing and creates nothing twice under faults of every kind", async () => {
    const seed = 20261121;
    const site = await startSite({
      faults: withProbability(
        seed,
        0.3,
        { kind: "busy", retryAfter: 0 },
        { kind: "too-many" },
        { kind: "reset-before" },
        { kind: "reset-after" },
        { kind: "half-close" },
        { kind: "wrong-status", status: 500 },
        { kind: "wrong-status", status: 502 },
        { kind: "not-json" },
      ),
    });
    const journal = createMemoryJournal();
    let report: BulkReport | undefined;
    const { outcomes, onProgress } = collect();
    for (let run = 0; run < 10 && report?.skipped !== 200; run++) {
      report = await site.client().bulk(creates(200), { journal, onProgress });
      expect([report.total, sum(report)]).toEqual([200, 200]);
    }
    expect([seed, report?.skipped, outcomes.filter(({ status }) => status === "done").length]).toEqual([
      seed,
      200,
      200,
    ]);
    expect(Array.from({ length: 200 }, (_, i) => site.timesApplied(nth(i)))).toEqual(Array(200).fill(1));
  });

  it("takes an endless source, and stops it when it is aborted", async () => {
    const site = await startSite();
    const stop = new AbortController();
    let ended = false;
    const source = async function* () {
      try {
        for (let i = 0; ; i++) yield create(i);
      } finally {
        ended = true;
      }
    };
    const { outcomes, onProgress } = collect();
    const report = await site.client().bulk(source(), {
      signal: stop.signal,
      onProgress(outcome) {
        onProgress(outcome);
        if (outcome.number === 30) stop.abort();
      },
    });
    expect([report.aborted, ended, sum(report)]).toEqual([true, true, report.total]);
    expect(outcomes.filter(({ status }) => status === "unknown").length).toBe(report.unknown);
    expect(report.total).toBeLessThan(60);
    const before = await site.client().bulk(creates(9), { signal: stop.signal });
    expect(before).toEqual({ total: 0, done: 0, failed: 0, unknown: 0, skipped: 0, aborted: true });
  });

  it("runs many at the same time without a warning", async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on("warning", warn);
    onTestFinished(() => {
      process.off("warning", warn);
    });
    const site = await startSite();
    const transport = site.transport({ connections: 64 });
    const report = await site.client("USER", { transport }).bulk(creates(200), { concurrency: 64 });
    expect([report.done, warnings]).toEqual([200, []]);
  });

  it("rejects with the error of the source, after the running items have finished", async () => {
    const site = await startSite();
    const broken = function* () {
      yield* creates(5);
      throw new Error("of the source");
    };
    const { outcomes, onProgress } = collect();
    await expect(site.client().bulk(broken(), { onProgress })).rejects.toThrow("of the source");
    expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill("done"));
  });

  it("rejects with the error of onProgress, and the item is done", async () => {
    const site = await startSite();
    const journal = createMemoryJournal();
    const onProgress = () => {
      throw new HandleError("invalid_value", { message: "of the caller" });
    };
    await expect(site.client().bulk(creates(3), { journal, onProgress })).rejects.toThrow("of the caller");
    expect((await entriesOf(journal)).filter((entry) => stateOf(entry) === "failed")).toEqual([]);
    expect(await site.client().bulk(creates(3), { journal })).toMatchObject({
      done: 0,
      failed: 0,
      skipped: 3,
    });
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses a concurrency of %s", async (concurrency) => {
    const site = await startSite();
    const error = await site
      .client()
      .bulk([], { concurrency })
      .catch((e: unknown) => e);
    expect(isHandleError(error, "invalid_options")).toBe(true);
  });
});

describe("a bulk run that is resumed", () => {
  /** Returns a journal with the intents of these operations and no outcome. */
  async function intentsOf(operations: readonly BulkOperation[]): Promise<Journal> {
    const journal = createMemoryJournal();
    const aside = await startSite();
    await aside.client().bulk(operations, { journal });
    return cutOff(journal, (entry) => stateOf(entry) === "begun");
  }

  async function resume(site: FaultSite, operations: readonly BulkOperation[], journal: Journal) {
    const { outcomes, onProgress } = collect();
    const report = await site.client().bulk(operations, { journal, onProgress });
    expect(sum(report)).toBe(report.total);
    return { report, ends: outcomes.toSorted((a, b) => a.number - b.number) };
  }

  it("carries out the remaining items, and skips those that are done", async () => {
    const site = await startSite();
    const journal = createMemoryJournal();
    await site.client().bulk(creates(10), { journal });
    const { report, ends } = await resume(site, creates(25), journal);
    expect(report).toMatchObject({ total: 25, done: 15, skipped: 10 });
    expect(ends.slice(0, 10).every(({ status }) => status === "skipped")).toBe(true);
    expect(creates(25).map(({ handle }) => site.timesApplied(handle))).toEqual(Array(25).fill(1));
  });

  it("writes an intent before and an outcome after, and nothing else", async () => {
    const site = await startSite({ seed: { [nth(1)]: [url("theirs"), adminFor("USER")] } });
    const written: (readonly [entry: string, applied: number])[] = [];
    const memory = createMemoryJournal();
    const journal: Journal = {
      entries: memory.entries,
      async append(entries) {
        for (const entry of entries)
          written.push([`${entry.key} ${stateOf(entry)}`, site.timesApplied(nth(0))]);
        await memory.append(entries);
      },
    };
    await site.client().bulk(creates(2), { journal, concurrency: 1 });
    expect(written).toEqual([
      ["0 begun", 0],
      ["0 done", 1],
      ["1 begun", 1],
      ["1 failed", 1],
    ]);
    expect(inspect(await entriesOf(memory), { depth: 9 })).not.toContain("u0");
  });

  it("tries again what had failed", async () => {
    const site = await startSite({ seed: { [nth(1)]: [url("theirs"), adminFor("USER")] } });
    const journal = createMemoryJournal();
    expect(await site.client().bulk(creates(3), { journal })).toMatchObject({ done: 2, failed: 1 });
    await site.client().delete(nth(1));
    const { report } = await resume(site, creates(3), journal);
    expect(report).toMatchObject({ done: 1, skipped: 2, failed: 0 });
  });

  it("settles creations in doubt: carried out, not carried out, and by another client", async () => {
    const journal = await intentsOf(creates(3));
    const site = await startSite({ seed: { [nth(2)]: [url("theirs"), adminFor("USER")] } });
    await site.client().create(nth(0), { URL: "u0" });
    const { ends } = await resume(site, creates(3), journal);
    expect(ends.map(({ status, error }) => error?.code ?? status)).toEqual(["done", "done", "handle_exists"]);
    expect([0, 1, 2].map((i) => site.timesApplied(nth(i)))).toEqual([1, 1, 0]);
  });

  it("settles changes and deletions in doubt, done or not", async () => {
    const operations = [0, 1].flatMap((i): BulkOperation[] => [
      { kind: "modify", handle: nth(i), values: { URL: "new", TITLE: "t" } },
      { kind: "deleteValues", handle: nth(i + 2), which: ["TITLE"] },
      { kind: "deleteValues", handle: nth(i + 4), which: [2] },
      { kind: "delete", handle: nth(i + 6) },
      { kind: "create", handle: nth(i + 8), values: { URL: "new" }, overwrite: true },
    ]);
    const journal = await intentsOf(operations);
    const record = [url("old"), { index: 2, type: "TITLE", data: "x" }, adminFor("USER")];
    const site = await startSite({
      seed: Object.fromEntries(Array.from({ length: 10 }, (_, i) => [nth(i), record])),
    });
    const client = site.client();
    await client.modify(nth(0), { URL: "new", TITLE: "t" });
    await client.deleteValues(nth(2), ["TITLE"]);
    await client.deleteValues(nth(4), [2]);
    await client.delete(nth(6));
    await client.create(nth(8), { URL: "new" }, { overwrite: true });
    const { report } = await resume(site, operations, journal);
    expect(report).toMatchObject({ done: 10, failed: 0, unknown: 0 });
    for (const i of [0, 1]) {
      expect((await site.stored(nth(i)))?.map(({ data }) => data.value).slice(0, 2)).toEqual(["new", "t"]);
      expect((await site.stored(nth(i + 2)))?.map(({ index }) => index)).toEqual([1, 100]);
      expect((await site.stored(nth(i + 4)))?.map(({ index }) => index)).toEqual([1, 100]);
      expect(await site.stored(nth(i + 6))).toBe(undefined);
      expect((await site.stored(nth(i + 8)))?.map(({ index }) => index)).toEqual([1, 100]);
    }
    expect([0, 2, 4, 6].map((i) => site.timesApplied(nth(i)))).toEqual([1, 1, 1, 1]);
  });

  it("says unknown as long as it cannot find out, and settles that when it can", async () => {
    const operations: BulkOperation[] = [create(0), { kind: "delete", handle: nth(1) }, create(2)];
    const journal = await intentsOf(operations);
    let wrong: Fault | undefined;
    const site = await startSite({ faults: () => wrong });
    await site.client().create(nth(0), { URL: "u0" });
    for (const fault of [{ kind: "reset-before" }, { kind: "busy" }, { kind: "not-json" }] as const) {
      wrong = fault;
      const { report, ends } = await resume(site, operations, journal);
      expect([report.unknown, ends[0]?.error?.code]).toEqual([3, "outcome_unknown"]);
    }
    wrong = undefined;
    const otherUser = await site.client("NOBODY").bulk(operations, { journal });
    expect(otherUser.unknown).toBe(3);
    expect((await resume(site, operations, journal)).report.done).toBe(3);
    expect([0, 1, 2].map((i) => site.timesApplied(nth(i)))).toEqual([1, 0, 1]);
  });

  it("settles what was aborted", async () => {
    const stop = new AbortController();
    const site = await startSite({
      faults: onMethod("PUT", { kind: "reset-after" }),
      seed: { [nth(5)]: [url("old"), adminFor("USER")] },
    });
    const journal = createMemoryJournal();
    const aborting: Journal = {
      entries: journal.entries,
      async append(entries) {
        await journal.append(entries);
        if (entries.some((entry) => entry.key === "6")) stop.abort();
      },
    };
    const report = await site.client().bulk(creates(20), { journal: aborting, signal: stop.signal });
    expect([report.aborted, report.unknown > 0]).toEqual([true, true]);
    const { report: rest } = await resume(site, creates(20), journal);
    expect(rest).toMatchObject({ total: 20, failed: 1, unknown: 0 });
    expect(creates(20).map(({ handle }) => site.timesApplied(handle))).toEqual(
      Array.from({ length: 20 }, (_, i) => (i === 5 ? 0 : 1)),
    );
  });

  it("refuses other operations, at the first that differs", async () => {
    const site = await startSite();
    const journal = createMemoryJournal();
    await site.client().bulk(creates(5), { journal });
    const changed = creates(5).map((each, i) => (i === 3 ? create(33) : each));
    const { outcomes, onProgress } = collect();
    const error = await site
      .client()
      .bulk(changed, { journal, onProgress, concurrency: 1 })
      .catch((e: unknown) => e);
    expect(isHandleError(error, "invalid_options") && error.message).toContain("Item 3 ");
    expect(outcomes.map(({ status }) => status)).toEqual(["skipped", "skipped", "skipped"]);
    expect(site.timesApplied(nth(33))).toBe(0);
  });

  it("rejects with the journal's error, and reports no item as failed that was done", async () => {
    const site = await startSite();
    const memory = createMemoryJournal();
    const full: Journal = {
      entries: memory.entries,
      async append(entries) {
        if (entries.some((entry) => stateOf(entry) === "done")) {
          throw new HandleError("store_failed", { message: "the disk is full" });
        }
        await memory.append(entries);
      },
    };
    const { outcomes, onProgress } = collect();
    const run = site.client().bulk(creates(10), { journal: full, onProgress, concurrency: 2 });
    await expect(run).rejects.toThrow("the disk is full");
    expect(outcomes).toEqual([]);
    expect((await entriesOf(memory)).every((entry) => stateOf(entry) === "begun")).toBe(true);
    const { report } = await resume(site, creates(10), memory);
    expect([report.done, Math.max(...site.applied.values())]).toEqual([10, 1]);
  });
});
