import { handleKey, isHandleError } from "@handlekit/core";
import {
  type HandleStore,
  type RecordValues,
  type Revision,
  type StateStore,
  type StoredRecord,
  updateRecord,
  updateState,
} from "@handlekit/core/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const KEY = handleKey("20.500.12345/A");
const value = (index: number): RecordValues[number] => ({
  index,
  type: "URL",
  data: new Uint8Array(),
  ttlType: "relative",
  ttl: 0,
  permissions: 14,
  timestamp: 0,
  references: [],
});

/** Creates a store that responds after a turn of the event loop and counts its commits. */
function createStore(others: () => void = () => {}) {
  const records = new Map<string, StoredRecord>();
  let changes = 0;
  const write = (key: string, values: RecordValues | null) => {
    if (values === null) records.delete(key);
    else records.set(key, { values, revision: `${++changes}` as Revision });
  };
  const counts = { commits: 0, conflicts: 0 };
  const store: Pick<HandleStore, "read" | "commit"> = {
    async read(key) {
      await new Promise(setImmediate);
      return records.get(key);
    },
    async commit(key, expected, next) {
      await new Promise(setImmediate);
      others();
      counts.commits++;
      if ((records.get(key)?.revision ?? "absent") !== expected) {
        counts.conflicts++;
        return "conflict";
      }
      write(key, next);
      return "done";
    },
  };
  return { store: store as HandleStore, records, write, counts };
}

describe("updateRecord", () => {
  it("commits once for each of 200 writers of one record in one process", async () => {
    const { store, records, counts } = createStore();
    const writers = Array.from({ length: 200 }, (_, i) =>
      updateRecord(store, KEY, (record) => [...(record?.values ?? []), value(i + 1)]),
    );
    await Promise.all(writers);
    expect(records.get(KEY)?.values.map(({ index }) => index)).toEqual(
      Array.from({ length: 200 }, (_, i) => i + 1),
    );
    expect(counts).toEqual({ commits: 200, conflicts: 0 });
  });

  it("does not hold up other records, nor the next writer after one that failed", async () => {
    const { store } = createStore();
    let free: (() => void) | undefined;
    const blocked = updateRecord(
      store,
      KEY,
      () =>
        new Promise((resolve) => {
          free = () => resolve([]);
        }),
    );
    expect((await updateRecord(store, handleKey("20.500.12345/B"), () => [])).after).toEqual([]);
    const failing = updateRecord(store, KEY, () => {
      throw new Error("refused");
    });
    const last = updateRecord(store, KEY, () => [value(1)]);
    free?.();
    await blocked;
    await expect(failing).rejects.toThrow("refused");
    expect((await last).before).toEqual([]);
  });

  it("begins again with the new state when another process was faster, and waits longer each time", async () => {
    let left = 3;
    const { store, write, counts } = createStore(() => {
      if (left-- > 0) write(KEY, [value(left + 10)]);
    });
    const seen: (number | undefined)[] = [];
    const waits: number[] = [];
    const options = { random: () => 0.5, wait: async (ms: number) => void waits.push(ms) };
    const { before, after } = await updateRecord(
      store,
      KEY,
      (record) => {
        seen.push(record?.values[0]?.index);
        return [value(1)];
      },
      options,
    );
    expect(seen).toEqual([undefined, 12, 11, 10]);
    expect([before?.[0]?.index, after?.[0]?.index]).toEqual([10, 1]);
    expect(waits).toEqual([0.5, 1, 2]);
    expect(counts).toEqual({ commits: 4, conflicts: 3 });
  });

  it("ends with server_busy after its time, the wait for a turn included", async () => {
    let clock = 0;
    const { store, write } = createStore(() => write(KEY, [value(9)]));
    const options = {
      timeout: 1000,
      now: () => clock,
      random: () => 1,
      wait: async (ms: number) => {
        clock += ms;
      },
    };
    const endless = updateRecord(store, KEY, () => [value(1)], options);
    const waiting = updateRecord(store, KEY, () => expect.unreachable(), options);
    for (const each of [endless, waiting]) {
      const error = await each.catch((thrown: unknown) => thrown);
      expect(isHandleError(error, "server_busy") && [error.responseCode, error.retryable]).toEqual([3, true]);
    }
    expect(clock).toBeGreaterThanOrEqual(1000);
    expect(clock).toBeLessThan(1200);
  });

  it("writes nothing when decide returns the values that it was given, or null for no record", async () => {
    const { store, write, counts } = createStore();
    expect(await updateRecord(store, KEY, () => null)).toEqual({ before: undefined, after: null });
    write(KEY, [value(1)]);
    const same = await updateRecord(store, KEY, (record) => record?.values ?? null);
    expect(same.before).toBe(same.after);
    expect(counts.commits).toBe(0);
    expect((await updateRecord(store, KEY, () => null)).after).toBe(null);
    expect(await store.read(KEY)).toBe(undefined);
  });
});

describe("updateState", () => {
  it("loses no change, whoever comes between", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 20 }), async (disturbed) => {
        let entry: { value: string; revision: Revision } | undefined;
        let changes = 0;
        let others = 0;
        const state: Pick<StateStore, "get" | "put"> = {
          get: async () => entry,
          put: async (_key, next, expected) => {
            if (disturbed.pop()) {
              others++;
              const before = entry === undefined ? 0 : (JSON.parse(entry.value) as number);
              entry = { value: `${before + 1}`, revision: `${++changes}` as Revision };
            }
            if ((entry?.revision ?? "absent") !== expected) return "conflict";
            entry = { value: next, revision: `${++changes}` as Revision };
            return "done";
          },
        };
        const add = () =>
          updateState<number>(state as StateStore, "n", (before = 0) => before + 1, { wait: async () => {} });
        await Promise.all([add(), add(), add()]);
        expect(JSON.parse(entry?.value ?? "0")).toBe(3 + others);
      }),
    );
  });

  it("writes nothing when nothing changes", async () => {
    const state = {
      get: async () => ({ value: '{"a":1}', revision: "1" as Revision }),
      put: () => expect.unreachable(),
    };
    expect(await updateState<{ a: number }>(state as never, "x", (before) => before ?? { a: 2 })).toEqual({
      a: 1,
    });
  });
});
