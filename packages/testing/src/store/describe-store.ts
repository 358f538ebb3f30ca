import { handleKey, isHandleError } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { checkSuite, type TestApi } from "../test-api.ts";
import { describeAudit } from "./describe-audit.ts";
import { describeConcurrency } from "./describe-concurrency.ts";
import { describeFind } from "./describe-find.ts";
import { describeLists } from "./describe-lists.ts";
import { describeRecords } from "./describe-records.ts";
import { A, B, createStoreSuite, one, type StoreSuite, two } from "./store-suite.ts";

/** The stores that {@link describeStore} tests. */
export interface StoreSubject {
  /** Opens a new, empty store. The suite closes it. */
  open(): Promise<HandleStore>;
  /** Closes a store and opens its data again. Default: persistence is not tested. */
  reopen?: ((store: HandleStore) => Promise<HandleStore>) | undefined;
  /**
   * Opens what a store would find if its process was killed now, such as a copy of its files. The store stays open, and
   * the suite closes both. Default: crashes are not tested.
   */
  crash?: ((store: HandleStore) => Promise<HandleStore>) | undefined;
}

/** Adds the tests of what is there after a crash. */
function describeCrash(name: string, { crash }: StoreSubject, suite: StoreSuite): void {
  if (crash === undefined) return;
  const { describe, expect, row, create } = suite;

  describe(`${name}: a crash`, () => {
    row("loses nothing that was done", async (store) => {
      const revision = await create(store, A, two);
      const gone = await create(store, B);
      await store.home("20.500.12345");
      for (let round = 0; round < 5; round++) {
        const key = handleKey(`20.500.12345/R${round}`);
        const [done] = await Promise.all([store.commit(key, "absent", one), store.commit(B, gone, null)]);
        expect(done).toBe("done");
        const after = await crash(store);
        try {
          expect(await after.read(A)).toEqual({ values: two, revision });
          expect(await after.read(B)).toBe(undefined);
          expect((await after.read(key))?.values).toEqual(one);
          expect(await after.prefixes()).toEqual(["20.500.12345"]);
          // A revision of the time before the crash is never used again.
          expect(await after.commit(B, "absent", one)).toBe("done");
          expect(await after.commit(B, gone, two)).toBe("conflict");
        } finally {
          await after.close();
        }
      }
    });

    row("has each of the writes that were on their way whole or not at all", async (store) => {
      const keys = Array.from({ length: 20 }, (_, i) => handleKey(`20.500.12345/W${100 + i}`));
      const writes = keys.map((key) => store.commit(key, "absent", two));
      await writes[0];
      const after = await crash(store);
      try {
        for (const key of await after.list("20.500.12345", undefined, 100)) {
          expect((await after.read(key))?.values).toEqual(two);
        }
      } finally {
        await after.close();
        await Promise.all(writes);
      }
    });
  });
}

/** Adds the tests of `close` and of persistence. */
function describeClosing(name: string, { open, reopen }: StoreSubject, suite: StoreSuite): void {
  const { describe, it, expect, create } = suite;

  describe(`${name}: close`, () => {
    it("makes every later call fail with store_failed", async () => {
      const store = await open();
      await store.close();
      const { audit } = store;
      for (const call of [
        () => store.read(A),
        () => store.commit(A, "absent", one),
        () => store.list("20.500.12345", undefined, 10),
        () => store.prefixes(),
        () => store.home("20.500.12345"),
        () => store.unhome("20.500.12345"),
        ...(store.find ? [() => store.find?.({ pattern: "*", after: undefined, limit: 10 })] : []),
        ...(audit ? [() => audit.read({ limit: 10 }), () => audit.head()] : []),
      ]) {
        const error = await Promise.resolve(call()).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(isHandleError(error, "store_failed")).toBe(true);
      }
    });

    if (reopen === undefined) return;

    it("keeps records, revisions, prefixes and audit", async () => {
      const first = await open();
      const revision = await create(first, A, two);
      const gone = await create(first, B);
      await first.commit(B, gone, null);
      await first.home("20.500.12345");
      const entries = await first.audit?.read({ limit: 10 });
      const second = await reopen(first);
      try {
        expect(await second.read(A)).toEqual({ values: two, revision });
        expect(await second.read(B)).toBe(undefined);
        expect(await second.list("20.500.12345", undefined, 10)).toEqual([A]);
        expect(await second.prefixes()).toEqual(["20.500.12345"]);
        expect(await second.audit?.read({ limit: 10 })).toEqual(entries);
        expect(await second.commit(B, gone, one)).toBe("conflict");
        await create(second, B, two);
        expect(await second.commit(B, gone, one)).toBe("conflict");
        expect(await second.commit(A, revision, one)).toBe("done");
      } finally {
        await second.close();
      }
    });
  });
}

/**
 * Adds tests of the contract of {@link HandleStore}, for stores of your own. The tests of the optional members `find`
 * and `audit` pass when a store does not have them.
 *
 * @param name the name of the store in the test report
 * @param subject opens the stores
 * @param api the functions of the test runner
 * @example
 * ```ts
 * import { openMemory } from "@handlekit/service";
 * import { describe, expect, it } from "vitest";
 *
 * describeStore("memory", { open: async () => openMemory().store }, { describe, expect, it });
 * ```
 */
export function describeStore(name: string, subject: StoreSubject, api: TestApi): void {
  checkSuite("describeStore", name, subject, api, {
    open: ["function"],
    reopen: ["function", "undefined"],
    crash: ["function", "undefined"],
  });
  const suite = createStoreSuite(() => subject.open(), api);
  describeRecords(name, suite);
  describeLists(name, suite);
  describeFind(name, suite);
  describeAudit(name, suite);
  describeConcurrency(name, suite);
  describeClosing(name, subject, suite);
  describeCrash(name, subject, suite);
}
