import { handleKey, isHandleError } from "@handlekit/core";
import type {
  HandleKey,
  HandleStore,
  RecordValues,
  Revision,
  StoredRecord,
  StoredValue,
} from "@handlekit/core/store";
import type { TestApi } from "./test-api.ts";

/** How a suite gets at the stores it tests. */
export interface StoreSubject {
  /** A new, empty store; the suite closes it. */
  open(): Promise<HandleStore>;
  /** Closes a store and opens its data again. Without it, nothing is asked about persistence. */
  reopen?(store: HandleStore): Promise<HandleStore>;
}

const text = new TextEncoder();

function value(index: number, data: string, more: Partial<StoredValue> = {}): StoredValue {
  return {
    index,
    type: "URL",
    data: text.encode(data),
    ttlType: "relative",
    ttl: 86400,
    permissions: 0b1110,
    timestamp: 1_700_000_000,
    references: [],
    ...more,
  };
}

const one: RecordValues = [value(1, "https://example.org/1")];
const two: RecordValues = [value(1, "https://example.org/2"), value(2, "second")];

const every: RecordValues = [
  value(1, "", { type: "", ttl: 0, permissions: 0, timestamp: 0 }),
  value(2, "é\u0000𝒳", {
    type: "20.500.12345/Typ-é",
    ttlType: "absolute",
    ttl: 4_294_967_295,
    permissions: 15,
  }),
  value(3, "", { data: Uint8Array.from({ length: 256 }, (_, i) => i), ttl: -1, permissions: 1 }),
  value(100, "admin", {
    type: "HS_ADMIN",
    timestamp: 4_294_967_295,
    references: [
      { handle: "20.500.12345/Ref\t\\é", index: 0 },
      { handle: "0.NA/20.500.12345", index: 2_147_483_647 },
    ],
  }),
  value(2_147_483_647, "x".repeat(20_000), { ttl: 2_147_483_647 }),
];

/** Keys with what SQL, paths and patterns give a meaning, in the order of their UTF-8 bytes. */
const AWKWARD = [
  "20.5/",
  "20.5/\u0000",
  "20.5/\u0000A",
  "20.5/ ",
  "20.5/%",
  "20.5/'; --",
  "20.5/../A",
  "20.5//",
  "20.5/A",
  "20.5/A\u0000",
  "20.5/A\u0000B",
  "20.5/A/B",
  "20.5/\\",
  "20.5/_",
  "20.5/É",
  "20.5/～",
  "20.5/\uffff",
  "20.5/𝒳",
  "20.5/\u{10ffff}",
].map(handleKey);

/**
 * The contract of a {@link HandleStore} as tests: run it on a store of your own.
 *
 * @param name what the store is called in the test report
 * @param subject opens the stores
 * @param api the test runner's functions
 * @example
 * ```ts
 * import { describe, expect, it } from "vitest";
 * describeStore("memory", { open: async () => createMemoryStore() }, { describe, expect, it });
 * ```
 */
export function describeStore(name: string, subject: StoreSubject, { describe, it, expect }: TestApi): void {
  const A = handleKey("20.500.12345/A");
  const B = handleKey("20.500.12345/B");

  function row(title: string, body: (store: HandleStore) => Promise<void>): void {
    it(title, async () => {
      const store = await subject.open();
      try {
        await body(store);
      } finally {
        await store.close();
      }
    });
  }

  async function present(store: HandleStore, key: HandleKey): Promise<StoredRecord> {
    const record = await store.read(key);
    if (record === undefined) throw new Error(`There is no record under ${JSON.stringify(key)}.`);
    return record;
  }

  /** Creates a record and gives its revision. */
  async function create(store: HandleStore, key: HandleKey, values = one): Promise<Revision> {
    expect(await store.commit(key, "absent", values)).toBe("done");
    return (await present(store, key)).revision;
  }

  describe(`${name}: records`, () => {
    row("reads nothing where there is nothing", async (store) => {
      expect(await store.read(A)).toBe(undefined);
      await create(store, A);
      expect(await store.read(B)).toBe(undefined);
    });

    row("gives back every field as it was written", async (store) => {
      await create(store, A, every);
      expect((await present(store, A)).values).toEqual(every);
    });

    row("keeps a record without values", async (store) => {
      await create(store, A, []);
      expect((await present(store, A)).values).toEqual([]);
    });

    row("refuses to create what exists", async (store) => {
      const revision = await create(store, A);
      expect(await store.commit(A, "absent", two)).toBe("conflict");
      expect(await store.read(A)).toEqual({ values: one, revision });
    });

    row("updates only what is as expected", async (store) => {
      const first = await create(store, A);
      expect(await store.commit(A, first, two)).toBe("done");
      const second = await present(store, A);
      expect(second.values).toEqual(two);
      expect(second.revision).not.toBe(first);
      expect(await store.commit(A, first, one)).toBe("conflict");
      expect(await store.read(A)).toEqual(second);
    });

    row("takes no revision of another record, or of none", async (store) => {
      const a = await create(store, A);
      const b = await create(store, B);
      expect(await store.commit(handleKey("20.500.12345/C"), a, two)).toBe("conflict");
      expect(await store.commit(A, "never given out" as Revision, two)).toBe("conflict");
      expect(await store.read(A)).toEqual({ values: one, revision: a });
      expect(await store.read(B)).toEqual({ values: one, revision: b });
    });

    row("removes only what is as expected", async (store) => {
      const first = await create(store, A);
      expect(await store.commit(A, "absent", null)).toBe("conflict");
      await store.commit(A, first, two);
      expect(await store.commit(A, first, null)).toBe("conflict");
      const { revision } = await present(store, A);
      expect(await store.commit(A, revision, null)).toBe("done");
      expect(await store.read(A)).toBe(undefined);
      expect(await store.list("20.500.12345", undefined, 10)).toEqual([]);
      expect(await store.commit(A, revision, null)).toBe("conflict");
    });

    row("has nothing to do when what should go is not there", async (store) => {
      expect(await store.commit(A, "absent", null)).toBe("done");
      expect(await store.read(A)).toBe(undefined);
    });

    row("never uses a revision twice for one key", async (store) => {
      const seen: Revision[] = [];
      for (let i = 0; i < 5; i++) {
        seen.push(await create(store, A));
        await store.commit(A, seen[i] ?? "absent", null);
      }
      expect(new Set(seen).size).toBe(5);
      await create(store, A);
      for (const old of seen) expect(await store.commit(A, old, two)).toBe("conflict");
      expect((await present(store, A)).values).toEqual(one);
    });

    row("keeps records apart under any characters", async (store) => {
      const answers = await Promise.all(
        AWKWARD.map((key, i) => store.commit(key, "absent", [value(1, `${i}`)])),
      );
      expect(answers).toEqual(AWKWARD.map(() => "done"));
      for (const [i, key] of AWKWARD.entries()) {
        expect((await present(store, key)).values).toEqual([value(1, `${i}`)]);
      }
    });
  });

  describe(`${name}: commits at the same time`, () => {
    row("lets one of many create a record", async (store) => {
      const records = Array.from({ length: 20 }, (_, i) => [value(1, `${i}`)]);
      const answers = await Promise.all(records.map((values) => store.commit(A, "absent", values)));
      expect(answers.filter((answer) => answer === "done").length).toBe(1);
      expect((await present(store, A)).values).toEqual(records[answers.indexOf("done")]);
    });

    row("lets one of many change a record", async (store) => {
      const revision = await create(store, A);
      const records = Array.from({ length: 20 }, (_, i) => (i % 2 ? [value(1, `${i}`)] : null));
      const answers = await Promise.all(records.map((values) => store.commit(A, revision, values)));
      expect(answers.filter((answer) => answer === "done").length).toBe(1);
      expect((await store.read(A))?.values ?? null).toEqual(records[answers.indexOf("done")]);
    });

    row("does 200 on different records", async (store) => {
      const keys = Array.from({ length: 200 }, (_, i) => handleKey(`20.500.12345/${1000 + i}`));
      const answers = await Promise.all(keys.map((key) => store.commit(key, "absent", [value(1, key)])));
      expect(answers).toEqual(keys.map(() => "done"));
      const records = await Promise.all(keys.map((key) => store.read(key)));
      expect(records.map((record) => record?.values)).toEqual(keys.map((key) => [value(1, key)]));
      expect(await store.list("20.500.12345", undefined, 1000)).toEqual(keys);
    });
  });

  describe(`${name}: lists`, () => {
    row("orders keys by their UTF-8 bytes, in pages", async (store) => {
      for (const key of [...AWKWARD].reverse()) await create(store, key);
      expect(await store.list("20.5", undefined, 100)).toEqual(AWKWARD);
      for (const size of [1, 4]) {
        const pages: HandleKey[] = [];
        for (let calls = 0; calls <= AWKWARD.length; calls++) {
          const page = await store.list("20.5", pages.at(-1), size);
          expect(page.length <= size).toBe(true);
          pages.push(...page);
        }
        expect(pages).toEqual(AWKWARD);
      }
    });

    row("gives nothing for a limit of 0 or a prefix without records", async (store) => {
      await create(store, A);
      expect(await store.list("20.500.12345", undefined, 0)).toEqual([]);
      expect(await store.list("20.500.99999", undefined, 10)).toEqual([]);
    });

    row("goes on after a key that is not there, before the first or past the last", async (store) => {
      await create(store, A);
      await create(store, B);
      const after = (key: string) => store.list("20.500.12345", handleKey(key), 10);
      expect(await after("20.500.12345/A0")).toEqual([B]);
      expect(await after("0.NA/20.500.12345")).toEqual([A, B]);
      expect(await after("20.500.12345/B")).toEqual([]);
      expect(await after("20.500.99999/A")).toEqual([]);
      expect(await after("𝒳/A")).toEqual([]);
    });

    row("compares prefixes and keys by their UTF-8 bytes too", async (store) => {
      const [low, high] = [handleKey("～/B"), handleKey("𝒳/B")];
      await create(store, low);
      await create(store, high);
      expect(await store.list("～", handleKey("𝒳/A"), 10)).toEqual([]);
      expect(await store.list("𝒳", handleKey("～/A"), 10)).toEqual([high]);
    });

    row("tells a prefix from those that begin alike", async (store) => {
      const prefixes = ["20.5", "20.50", "20.5.1", "20.5-1", "20.5_", "20.5A", "20.5É", "0.NA"];
      for (const prefix of prefixes) await create(store, handleKey(`${prefix}/20.5/X`));
      for (const prefix of prefixes) {
        expect(await store.list(prefix, undefined, 10)).toEqual([handleKey(`${prefix}/20.5/X`)]);
      }
      expect(await store.list("20.", undefined, 10)).toEqual([]);
      expect(await store.list("20.%", undefined, 10)).toEqual([]);
    });
  });

  describe(`${name}: homed prefixes`, () => {
    row("are a set in ascending order", async (store) => {
      expect(await store.prefixes()).toEqual([]);
      for (const prefix of ["20.500.2", "20.500.1", "20.500.2", "10.1"]) await store.home(prefix);
      expect(await store.prefixes()).toEqual(["10.1", "20.500.1", "20.500.2"]);
      await store.unhome("20.500.1");
      await store.unhome("20.500.1");
      await store.unhome("20.500.3");
      expect(await store.prefixes()).toEqual(["10.1", "20.500.2"]);
    });

    row("leave the records alone", async (store) => {
      await store.home("20.500.12345");
      const revision = await create(store, A);
      await store.unhome("20.500.12345");
      expect(await store.read(A)).toEqual({ values: one, revision });
    });
  });

  describe(`${name}: the end`, () => {
    it("fails every call after close with store_failed", async () => {
      const store = await subject.open();
      await store.close();
      for (const call of [
        () => store.read(A),
        () => store.commit(A, "absent", one),
        () => store.list("20.500.12345", undefined, 10),
        () => store.prefixes(),
        () => store.home("20.500.12345"),
        () => store.unhome("20.500.12345"),
      ]) {
        const error = await call().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(isHandleError(error, "store_failed")).toBe(true);
      }
    });

    const { reopen } = subject;
    if (reopen === undefined) return;

    it("keeps records, revisions and prefixes for the next time", async () => {
      const first = await subject.open();
      const revision = await create(first, A, every);
      const gone = await create(first, B);
      await first.commit(B, gone, null);
      await first.home("20.500.12345");
      const second = await reopen(first);
      try {
        expect(await second.read(A)).toEqual({ values: every, revision });
        expect(await second.read(B)).toBe(undefined);
        expect(await second.list("20.500.12345", undefined, 10)).toEqual([A]);
        expect(await second.prefixes()).toEqual(["20.500.12345"]);
        expect(await second.commit(A, revision, one)).toBe("done");
        expect(await create(second, B)).not.toBe(gone);
      } finally {
        await second.close();
      }
    });
  });
}
