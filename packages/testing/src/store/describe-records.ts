import { handleKey } from "@handlekit/core";
import type { RecordValues, Revision } from "@handlekit/core/store";
import { A, AWKWARD, B, C, one, type StoreSuite, two, value } from "./store-suite.ts";

/** Values with every kind of content of every field. */
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

/** Different states of a record, each of which differs from the second one in one field or in the number of values. */
const STATES: readonly RecordValues[] = [
  [],
  [value(1, "AB")],
  [value(2, "AB")],
  [value(1, "ab")],
  [value(1, "B", { type: "URLA" })],
  [value(1, "AB", { type: "url" })],
  [value(1, "AB", { ttlType: "absolute" })],
  [value(1, "AB", { ttl: 86401 })],
  [value(1, "AB", { permissions: 0b1100 })],
  [value(1, "AB", { timestamp: 1_700_000_001 })],
  [value(1, "AB", { references: [{ handle: "20.5/X", index: 1 }] })],
  [value(1, "AB", { references: [{ handle: "20.5/X", index: 2 }] })],
  [value(1, "AB", { references: [{ handle: "20.5/x", index: 1 }] })],
  [value(1, "AB"), value(2, "AB")],
];

/** Adds the tests of `read` and `commit`. */
export function describeRecords(name: string, suite: StoreSuite): void {
  const { describe, expect, row, present, create } = suite;

  describe(`${name}: records`, () => {
    row("reads nothing where there is nothing", async (store) => {
      expect(await store.read(A)).toBe(undefined);
      await create(store, A);
      expect(await store.read(B)).toBe(undefined);
    });

    row("returns every field as it was written", async (store) => {
      await create(store, A, every);
      expect((await present(store, A)).values).toEqual(every);
    });

    row("keeps a record without values", async (store) => {
      const revision = await create(store, A, []);
      expect(await store.read(A)).toEqual({ values: [], revision });
      expect(await store.list("20.500.12345", undefined, 10)).toEqual([A]);
      expect(await store.commit(A, "absent", one)).toBe("conflict");
      expect(await store.commit(A, revision, one)).toBe("done");
      expect((await present(store, A)).values).toEqual(one);
    });

    row("keeps a record whose last value was removed", async (store) => {
      expect(await store.commit(A, await create(store, A), [])).toBe("done");
      const { values, revision } = await present(store, A);
      expect(values).toEqual([]);
      expect(await store.list("20.500.12345", undefined, 10)).toEqual([A]);
      expect(await store.commit(A, "absent", one)).toBe("conflict");
      expect(await store.commit(A, revision, null)).toBe("done");
      expect(await store.read(A)).toBe(undefined);
      expect(await store.list("20.500.12345", undefined, 10)).toEqual([]);
    });

    row("does not create a record that exists", async (store) => {
      const revision = await create(store, A);
      expect(await store.commit(A, "absent", two)).toBe("conflict");
      expect(await store.read(A)).toEqual({ values: one, revision });
    });

    row("updates a record only if it is as expected", async (store) => {
      const first = await create(store, A);
      expect(await store.commit(A, first, two)).toBe("done");
      const second = await present(store, A);
      expect(second.values).toEqual(two);
      expect(second.revision).not.toBe(first);
      expect(await store.commit(A, first, one)).toBe("conflict");
      expect(await store.read(A)).toEqual(second);
    });

    row("leaves a record that was read as it was", async (store) => {
      await create(store, A);
      const before = await present(store, A);
      const again = await present(store, A);
      expect(await store.commit(A, before.revision, two)).toBe("done");
      expect([before.values, again.values]).toEqual([one, one]);
      expect((await present(store, A)).values).toEqual(two);
      expect([before.values, again.values]).toEqual([one, one]);
    });

    row("writes values equal to the present ones", async (store) => {
      expect(await store.commit(A, await create(store, A), one)).toBe("done");
      const { values, revision } = await present(store, A);
      expect(values).toEqual(one);
      expect(await store.commit(A, revision, two)).toBe("done");
      expect((await present(store, A)).values).toEqual(two);
    });

    row("removes a record only if it is as expected", async (store) => {
      const first = await create(store, A);
      expect(await store.commit(A, "absent", null)).toBe("conflict");
      await store.commit(A, first, two);
      expect(await store.commit(A, first, null)).toBe("conflict");
      const { revision } = await present(store, A);
      expect(await store.commit(A, revision, null)).toBe("done");
      expect(await store.read(A)).toBe(undefined);
      expect(await store.list("20.500.12345", undefined, 10)).toEqual([]);
    });

    row("does nothing when the record to remove is absent", async (store) => {
      expect(await store.commit(A, "absent", null)).toBe("done");
      expect(await store.read(A)).toBe(undefined);
    });

    row("keeps records apart under any characters", async (store) => {
      const outcomes = await Promise.all(
        AWKWARD.map((key, i) => store.commit(key, "absent", [value(1, `${i}`)])),
      );
      expect(outcomes).toEqual(AWKWARD.map(() => "done"));
      for (const [i, key] of AWKWARD.entries()) {
        expect((await present(store, key)).values).toEqual([value(1, `${i}`)]);
      }
    });
  });

  describe(`${name}: revisions`, () => {
    row("differ between different states of a record", async (store) => {
      const revisions: Revision[] = [];
      for (const state of STATES) {
        expect(await store.commit(A, revisions.at(-1) ?? "absent", state)).toBe("done");
        revisions.push((await present(store, A)).revision);
      }
      expect(new Set(revisions).size).toBe(STATES.length);
      for (const revision of revisions.slice(0, -1)) {
        expect(await store.commit(A, revision, two)).toBe("conflict");
        expect(await store.commit(A, revision, null)).toBe("conflict");
      }
      expect(await store.read(A)).toEqual({ values: STATES.at(-1), revision: revisions.at(-1) });
    });

    row("conflict while the record is absent", async (store) => {
      const revision = await create(store, A);
      expect(await store.commit(C, revision, two)).toBe("conflict");
      expect(await store.commit(C, revision, null)).toBe("conflict");
      expect(await store.read(C)).toBe(undefined);
      expect(await store.commit(A, revision, null)).toBe("done");
      for (const next of [one, two, null]) {
        expect(await store.commit(A, revision, next)).toBe("conflict");
        expect(await store.read(A)).toBe(undefined);
      }
    });

    row("conflict when the record was removed and created with other values", async (store) => {
      const first = await create(store, A);
      await store.commit(A, first, null);
      const second = await create(store, A, two);
      expect(second).not.toBe(first);
      expect(await store.commit(A, first, one)).toBe("conflict");
      expect(await store.commit(A, first, null)).toBe("conflict");
      expect(await store.read(A)).toEqual({ values: two, revision: second });
    });

    row("name the present state when a record has an earlier one again", async (store) => {
      await store.commit(A, await create(store, A), two);
      const second = (await present(store, A)).revision;
      expect(await store.commit(A, second, one)).toBe("done");
      const third = (await present(store, A)).revision;
      expect(await store.commit(A, second, two)).toBe("conflict");
      expect(await store.commit(A, third, two)).toBe("done");
      expect((await present(store, A)).values).toEqual(two);
    });

    row("conflict when the store never returned them", async (store) => {
      const revision = await create(store, A);
      for (const unknown of ["never returned", ""] as Revision[]) {
        expect(await store.commit(A, unknown, two)).toBe("conflict");
        expect(await store.commit(B, unknown, two)).toBe("conflict");
      }
      expect(await store.read(A)).toEqual({ values: one, revision });
      expect(await store.read(B)).toBe(undefined);
    });
  });

  describe(`${name}: commits at the same time`, () => {
    row("let one of many create a record", async (store) => {
      const records = Array.from({ length: 20 }, (_, i) => [value(1, `${i}`)]);
      const outcomes = await Promise.all(records.map((values) => store.commit(A, "absent", values)));
      expect(outcomes.filter((outcome) => outcome === "done").length).toBe(1);
      expect((await present(store, A)).values).toEqual(records[outcomes.indexOf("done")]);
    });

    row("let one of many change a record", async (store) => {
      const revision = await create(store, A);
      const records = Array.from({ length: 20 }, (_, i) => (i % 2 ? [value(1, `${i}`)] : null));
      const outcomes = await Promise.all(records.map((values) => store.commit(A, revision, values)));
      expect(outcomes.filter((outcome) => outcome === "done").length).toBe(1);
      expect((await store.read(A))?.values ?? null).toEqual(records[outcomes.indexOf("done")]);
    });

    row("are all done on 200 different records", async (store) => {
      const keys = Array.from({ length: 200 }, (_, i) => handleKey(`20.500.12345/${1000 + i}`));
      const outcomes = await Promise.all(keys.map((key) => store.commit(key, "absent", [value(1, key)])));
      expect(outcomes).toEqual(keys.map(() => "done"));
      const records = await Promise.all(keys.map((key) => store.read(key)));
      expect(records.map((record) => record?.values)).toEqual(keys.map((key) => [value(1, key)]));
      expect(await store.list("20.500.12345", undefined, 1000)).toEqual(keys);
    });
  });
}
