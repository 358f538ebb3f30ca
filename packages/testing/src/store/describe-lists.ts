import { handleKey } from "@handlekit/core";
import { A, AWKWARD, B, one, type StoreSuite } from "./store-suite.ts";

/** Adds the tests of `list`, and of `prefixes`, `home` and `unhome`. */
export function describeLists(name: string, suite: StoreSuite): void {
  const { describe, expect, row, create, readPages } = suite;

  describe(`${name}: lists`, () => {
    row("order keys by their UTF-8 bytes, in pages", async (store) => {
      for (const key of [...AWKWARD].reverse()) await create(store, key);
      expect(await store.list("20.5", undefined, 100)).toEqual(AWKWARD);
      for (const size of [1, 4]) {
        expect(await readPages(size, (after) => store.list("20.5", after, size))).toEqual(AWKWARD);
      }
    });

    row("are empty for a limit of 0 or a prefix without records", async (store) => {
      await create(store, A);
      expect(await store.list("20.500.12345", undefined, 0)).toEqual([]);
      expect(await store.list("20.500.99999", undefined, 10)).toEqual([]);
    });

    row("continue after a key that does not exist, before the first or past the last", async (store) => {
      await create(store, A);
      await create(store, B);
      const after = (key: string) => store.list("20.500.12345", handleKey(key), 10);
      expect(await after("20.500.12345/A0")).toEqual([B]);
      expect(await after("0.NA/20.500.12345")).toEqual([A, B]);
      expect(await after("20.500.12345/B")).toEqual([]);
      expect(await after("20.500.99999/A")).toEqual([]);
      expect(await after("𝒳/A")).toEqual([]);
    });

    row("compare prefixes and keys by their UTF-8 bytes too", async (store) => {
      const [low, high] = [handleKey("～/B"), handleKey("𝒳/B")];
      await create(store, low);
      await create(store, high);
      expect(await store.list("～", handleKey("𝒳/A"), 10)).toEqual([]);
      expect(await store.list("𝒳", handleKey("～/A"), 10)).toEqual([high]);
    });

    row("distinguish a prefix from those that begin with it", async (store) => {
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

    row("do not affect the records", async (store) => {
      await store.home("20.500.12345");
      const revision = await create(store, A);
      await store.unhome("20.500.12345");
      expect(await store.read(A)).toEqual({ values: one, revision });
    });
  });
}
