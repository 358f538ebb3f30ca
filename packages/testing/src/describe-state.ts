import { isHandleError } from "@handlekit/core";
import type { Revision, StateEntry, StateStore } from "@handlekit/core/store";
import { checkSuite, type TestApi } from "./test-api.ts";

/** The state stores that {@link describeState} tests. */
export interface StateSubject {
  /** Opens a new, empty state store. The suite closes it. */
  open(): Promise<StateStore>;
  /** Closes a state store and opens its data again. Default: persistence is not tested. */
  reopen?: ((state: StateStore) => Promise<StateStore>) | undefined;
}

/** Keys with characters that have a meaning in SQL and patterns, in ascending order. */
const AWKWARD = [
  "a/",
  "a/\u0000",
  "a/ ",
  "a/%",
  "a/'; --",
  "a/*",
  "a//",
  "a/A",
  "a/Ab",
  "a/_",
  "a/a",
  "a/é",
  "a/～",
];

/**
 * Adds tests of the contract of {@link StateStore}, for state stores of your own.
 *
 * @param name the name of the state store in the test report
 * @param subject opens the state stores
 * @param api the functions of the test runner
 * @example
 * ```ts
 * import { openMemory } from "@handlekit/service";
 * import { describe, expect, it } from "vitest";
 *
 * describeState("memory", { open: async () => openMemory().state }, { describe, expect, it });
 * ```
 */
export function describeState(name: string, subject: StateSubject, api: TestApi): void {
  checkSuite("describeState", name, subject, api, { open: ["function"], reopen: ["function", "undefined"] });
  const { describe, it, expect } = api;

  function row(title: string, body: (state: StateStore) => Promise<void>): void {
    it(title, async () => {
      const state = await subject.open();
      try {
        await body(state);
      } finally {
        await state.close?.();
      }
    });
  }

  async function present(state: StateStore, key: string): Promise<StateEntry> {
    const entry = await state.get(key);
    if (entry === undefined) throw new Error(`There is no entry under ${JSON.stringify(key)}.`);
    return entry;
  }

  const keysOf = (entries: readonly (readonly [string, StateEntry])[]) => entries.map(([key]) => key);

  describe(`${name}: entries`, () => {
    row("are absent until they are put", async (state) => {
      expect(await state.get("a")).toBe(undefined);
      expect(await state.put("a", "1", "absent")).toBe("done");
      expect((await present(state, "a")).value).toBe("1");
      expect(await state.get("A")).toBe(undefined);
    });

    row("hold any text", async (state) => {
      for (const value of ["", "\u0000", 'é𝒳"\\\n', "x".repeat(100_000)]) {
        await state.put("a", value, "any");
        expect((await present(state, "a")).value).toBe(value);
      }
    });

    row("are created once", async (state) => {
      await state.put("a", "1", "absent");
      const entry = await present(state, "a");
      expect(await state.put("a", "2", "absent")).toBe("conflict");
      expect(await state.get("a")).toEqual(entry);
    });

    row("are changed only as expected", async (state) => {
      await state.put("a", "1", "absent");
      await state.put("b", "1", "absent");
      const first = (await present(state, "a")).revision;
      const other = (await present(state, "b")).revision;
      expect(await state.put("a", "2", first)).toBe("done");
      const second = await present(state, "a");
      expect(second.value).toBe("2");
      expect(second.revision).not.toBe(first);
      expect(await state.put("a", "3", first)).toBe("conflict");
      expect(await state.put("a", "3", other)).toBe("conflict");
      expect(await state.put("a", "3", "never returned" as Revision)).toBe("conflict");
      expect(await state.put("c", "3", first)).toBe("conflict");
      expect(await state.get("a")).toEqual(second);
      expect(await state.get("c")).toBe(undefined);
    });

    row("are put unconditionally when any is expected", async (state) => {
      expect(await state.put("a", "1", "any")).toBe("done");
      const first = (await present(state, "a")).revision;
      expect(await state.put("a", "2", "any")).toBe("done");
      const second = await present(state, "a");
      expect(second.value).toBe("2");
      expect(second.revision).not.toBe(first);
    });

    row("are absent once deleted; deleting an absent one does nothing", async (state) => {
      await state.put("a", "1", "absent");
      await state.put("b", "1", "absent");
      await state.delete("a");
      await state.delete("a");
      await state.delete("c");
      expect(await state.get("a")).toBe(undefined);
      expect((await present(state, "b")).value).toBe("1");
    });

    row("never have an old revision again", async (state) => {
      const seen = new Set<Revision>();
      for (let i = 0; i < 5; i++) {
        await state.put("a", "same", "absent");
        const { revision } = await present(state, "a");
        expect(seen.has(revision)).toBe(false);
        seen.add(revision);
        await state.delete("a");
        expect(await state.put("a", "same", revision)).toBe("conflict");
      }
    });

    row("are created and changed by one of many at the same time", async (state) => {
      const values = Array.from({ length: 20 }, (_, i) => `${i}`);
      const created = await Promise.all(values.map((value) => state.put("a", value, "absent")));
      expect(created.filter((answer) => answer === "done").length).toBe(1);
      const { value, revision } = await present(state, "a");
      expect(value).toBe(values[created.indexOf("done")]);
      const changed = await Promise.all(values.map((next) => state.put("a", `new ${next}`, revision)));
      expect(changed.filter((answer) => answer === "done").length).toBe(1);
      expect((await present(state, "a")).value).toBe(`new ${values[changed.indexOf("done")]}`);
    });
  });

  describe(`${name}: scans`, () => {
    row("give the keys of a prefix in ascending order, in pages", async (state) => {
      for (const key of [...AWKWARD].reverse()) await state.put(key, `value of ${key}`, "absent");
      for (const key of ["a", "a0", "b/", ""]) await state.put(key, "other", "absent");
      const all = await state.scan("a/", undefined, 100);
      expect(keysOf(all)).toEqual(AWKWARD);
      for (const [key, entry] of all) expect(entry).toEqual(await present(state, key));
      for (const size of [1, 4]) {
        const pages: string[] = [];
        for (let calls = 0; calls <= AWKWARD.length; calls++) {
          const page = keysOf(await state.scan("a/", pages.at(-1), size));
          expect(page.length <= size).toBe(true);
          pages.push(...page);
        }
        expect(pages).toEqual(AWKWARD);
      }
    });

    row("give all keys for an empty prefix and none for an unknown one", async (state) => {
      for (const key of ["b", "a", ""]) await state.put(key, "1", "absent");
      expect(keysOf(await state.scan("", undefined, 10))).toEqual(["", "a", "b"]);
      expect(keysOf(await state.scan("", "", 10))).toEqual(["a", "b"]);
      expect(await state.scan("c", undefined, 10)).toEqual([]);
      expect(await state.scan("", undefined, 0)).toEqual([]);
    });

    row("continue after a key that does not exist", async (state) => {
      for (const key of ["a/1", "a/3"]) await state.put(key, "1", "absent");
      expect(keysOf(await state.scan("a/", "a/2", 10))).toEqual(["a/3"]);
      expect(keysOf(await state.scan("a/", "a", 10))).toEqual(["a/1", "a/3"]);
      expect(keysOf(await state.scan("a/", "b", 10))).toEqual([]);
    });

    row("end where a prefix of the highest characters ends", async (state) => {
      for (const key of ["a\u{10ffff}", "a\u{10ffff}b", "a\ud7ff", "a\ue000", "b"]) {
        await state.put(key, "1", "absent");
      }
      expect(keysOf(await state.scan("a\u{10ffff}", undefined, 10))).toEqual(["a\u{10ffff}", "a\u{10ffff}b"]);
      expect(keysOf(await state.scan("a\ud7ff", undefined, 10))).toEqual(["a\ud7ff"]);
    });
  });

  describe(`${name}: sequences`, () => {
    row("count from 1, each by itself", async (state) => {
      expect(await state.next("a")).toBe(1);
      expect(await state.next("a")).toBe(2);
      expect(await state.next("b")).toBe(1);
      expect(await state.next("a")).toBe(3);
    });

    row("give no number twice at the same time", async (state) => {
      const numbers = await Promise.all(Array.from({ length: 200 }, () => state.next("a")));
      expect(new Set(numbers).size).toBe(200);
      expect(await state.next("a")).toBe(201);
    });
  });

  describe(`${name}: close`, () => {
    row("makes every later call fail with store_failed, if the store has it", async (state) => {
      if (state.close === undefined) return;
      await state.close();
      for (const call of [
        () => state.get("a"),
        () => state.put("a", "1", "any"),
        () => state.delete("a"),
        () => state.scan("", undefined, 10),
        () => state.next("s"),
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

    it("keeps entries, revisions and sequences", async () => {
      const first = await subject.open();
      await first.put("a", "1", "absent");
      const entry = await present(first, "a");
      await first.put("gone", "1", "absent");
      const gone = (await present(first, "gone")).revision;
      await first.delete("gone");
      await first.next("s");
      const second = await reopen(first);
      try {
        expect(await second.get("a")).toEqual(entry);
        expect(keysOf(await second.scan("", undefined, 10))).toEqual(["a"]);
        expect(await second.next("s")).toBe(2);
        await second.put("gone", "1", "absent");
        expect((await present(second, "gone")).revision).not.toBe(gone);
        expect(await second.put("a", "2", entry.revision)).toBe("done");
      } finally {
        await second.close?.();
      }
    });
  });
}
