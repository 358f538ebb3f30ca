import type { BulkOperation } from "@handlekit/client";
import { isHandleError } from "@handlekit/core";
import type { Journal, JournalEntry, JsonValue } from "@handlekit/core/journal";
import { createMemoryJournal } from "@handlekit/core/journal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { operationDigest } from "../src/bulk/operation.ts";
import { createPace } from "../src/bulk/pace.ts";
import { openProgress } from "../src/bulk/progress.ts";

describe("the pace", () => {
  it("halves if the server is busy, down to one, and grows by one after every 20 successes", () => {
    const pace = createPace(8);
    const limits = [pace.limit];
    for (let i = 0; i < 5; i++) {
      pace.busy();
      limits.push(pace.limit);
    }
    expect(limits).toEqual([8, 4, 2, 1, 1, 1]);
    const grown = Array.from({ length: 160 }, () => {
      pace.succeeded();
      return pace.limit;
    });
    expect([grown[18], grown[19], grown[38], grown[39], grown[139], grown[159]]).toEqual([1, 2, 2, 3, 8, 8]);
  });

  it("starts counting again when the server is busy", () => {
    const pace = createPace(4);
    pace.busy();
    for (let i = 0; i < 19; i++) pace.succeeded();
    pace.busy();
    pace.succeeded();
    expect(pace.limit).toBe(1);
  });
});

describe("operationDigest", () => {
  const data = fc.jsonValue();
  const operation = fc.record({
    kind: fc.constantFrom("create", "modify"),
    handle: fc.string(),
    values: fc.dictionary(fc.string(), data),
  }) as fc.Arbitrary<BulkOperation>;

  it("is the same for the same operation in any form", async () => {
    await fc.assert(
      fc.asyncProperty(operation, async (each) => {
        const turned = Object.fromEntries(Object.entries(each).toReversed()) as unknown as BulkOperation;
        expect(await operationDigest(turned)).toBe(await operationDigest(each));
        expect(await operationDigest({ ...each, overwrite: undefined } as unknown as BulkOperation)).toBe(
          await operationDigest(each),
        );
        expect(await operationDigest(each)).toMatch(/^[0-9a-f]{16}$/);
      }),
    );
  });

  it("differs between operations", async () => {
    await fc.assert(
      fc.asyncProperty(operation, operation, async (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect((await operationDigest(one)) === (await operationDigest(other))).toBe(same);
      }),
    );
  });

  function sorted(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(sorted);
    return Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]);
  }
});

describe("the progress in a journal", () => {
  const now = () => new Date(0);
  const digest = (n: number) => n.toString(16).padStart(16, "f");

  it("is read as it was written, for any number of items, in any order", async () => {
    const end = fc.constantFrom("begun", "done", "failed", "unknown");
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.nat(2500).map(String), end), async (ends) => {
        const journal = createMemoryJournal();
        const first = await openProgress(journal, now);
        for (const [key, state] of Object.entries(ends)) {
          await first.begin(Number(key), digest(Number(key)));
          if (state !== "begun") await first.end(Number(key), digest(Number(key)), state as "done");
        }
        const second = await openProgress(journal, now);
        for (let n = 0; n <= 2501; n++) {
          const state = ends[n];
          const left = state === "done" ? "done" : state === "begun" || state === "unknown" ? "begun" : "new";
          expect(second.earlier(n, digest(n)).state).toBe(left);
          if (state !== undefined) expect(() => second.earlier(n, digest(n + 1))).toThrow(`Item ${n} is not`);
        }
      }),
      { numRuns: 20 },
    );
  });

  const holding = (entries: readonly JournalEntry[]): Journal => ({
    async *entries() {
      yield* entries;
    },
    append: async () => {},
  });

  it("ignores entries of other kinds", async () => {
    const data = { digest: digest(1), state: "done" };
    const progress = await openProgress(holding([{ kind: "other", key: "0", at: "", data }]), now);
    expect(progress.earlier(0, digest(2)).state).toBe("new");
  });

  it("refuses a damaged journal in words", async () => {
    const json = fc.jsonValue() as fc.Arbitrary<JsonValue>;
    const state = fc.oneof(json, fc.constantFrom("begun", "done", "failed", "unknown"));
    const data = fc.oneof(json, fc.record({ digest: fc.oneof(json, fc.constant(digest(1))), state }));
    const entry = fc.record({
      kind: fc.constantFrom("bulk", "other"),
      key: fc.oneof(fc.string(), fc.nat(9).map(String), fc.constantFrom("-1", "1e9", "9007199254740991", "")),
      at: fc.string(),
      data,
    }) as fc.Arbitrary<JournalEntry>;
    await fc.assert(
      fc.asyncProperty(fc.array(entry), async (entries) => {
        const opened = openProgress(holding(entries), now);
        const seen = await opened.then(
          (progress) => progress.earlier(20, digest(1)).state,
          (error: unknown) => isHandleError(error) && error.code,
        );
        expect(["new", "begun", "done", "store_failed"]).toContain(seen);
      }),
    );
    const absurd = { kind: "bulk", key: "1000000000", at: "", data: { digest: digest(1), state: "done" } };
    await expect(openProgress(holding([absurd]), now)).rejects.toThrow("Entry 1 of the journal");
  });

  it("is not kept without a journal", async () => {
    const progress = await openProgress(undefined, now);
    await progress.begin(0, digest(0));
    await progress.end(0, digest(0), "done");
    expect(progress.earlier(0, digest(1)).state).toBe("new");
  });
});
