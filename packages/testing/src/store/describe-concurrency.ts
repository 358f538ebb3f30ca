import { handleKey } from "@handlekit/core";
import { type HandleStore, updateRecord } from "@handlekit/core/store";
import { A, B, one, type StoreSuite, value } from "./store-suite.ts";

const WRITERS = 64;

function textOf(store: HandleStore, index: number): Promise<string | undefined> {
  return store.read(A).then((record) => {
    const data = record?.values.find((each) => each.index === index)?.data;
    return data && new TextDecoder().decode(data);
  });
}

/** Adds the tests of calls that run at the same time. */
export function describeConcurrency(name: string, suite: StoreSuite): void {
  const { describe, expect, row, create, present } = suite;

  describe(`${name}: calls at the same time`, () => {
    row("lets one of 64 creates of a record succeed", async (store) => {
      const outcomes = await Promise.all(
        Array.from({ length: WRITERS }, (_, i) => store.commit(A, "absent", [value(1, `${i}`)])),
      );
      expect(outcomes.filter((outcome) => outcome === "done").length).toBe(1);
      expect(await textOf(store, 1)).toBe(`${outcomes.indexOf("done")}`);
    });

    row("lets one of 64 changes of the same revision succeed", async (store) => {
      const revision = await create(store, A);
      const outcomes = await Promise.all(
        Array.from({ length: WRITERS }, (_, i) =>
          store.commit(A, revision, i % 8 === 7 ? null : [value(1, `${i}`)]),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === "done").length).toBe(1);
    });

    row("loses no update of 64 writers of one record", async (store) => {
      await create(store, A, [value(1, "0")]);
      await Promise.all(
        Array.from({ length: WRITERS }, () =>
          updateRecord(store, A, (record) => {
            const before = new TextDecoder().decode(record?.values[0]?.data);
            return [value(1, `${Number(before) + 1}`)];
          }),
        ),
      );
      expect(await textOf(store, 1)).toBe(`${WRITERS}`);
    });

    row("commits each of 64 records", async (store) => {
      const keys = Array.from({ length: WRITERS }, (_, i) => handleKey(`20.500.12345/N${100 + i}`));
      expect(await Promise.all(keys.map((key) => store.commit(key, "absent", one)))).toEqual(
        keys.map(() => "done"),
      );
      expect(await store.list("20.500.12345", undefined, 100)).toEqual(keys);
    });

    row("shows a change to all who read after it is done, and never an older state again", async (store) => {
      let { revision } = { revision: await create(store, A, [value(1, "0")]) };
      let done = 0;
      let writing = true;
      const reader = async () => {
        let seen = 0;
        while (writing) {
          const least = Math.max(seen, done);
          seen = Number(await textOf(store, 1));
          expect(seen >= least).toBe(true);
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
      };
      const readers = [reader(), reader(), reader()];
      for (let step = 1; step <= WRITERS; step++) {
        expect(await store.commit(A, revision, [value(1, `${step}`)])).toBe("done");
        done = step;
        ({ revision } = await present(store, A));
      }
      writing = false;
      await Promise.all(readers);
    });

    row("has the same record for many who read it, whatever they did with other records", async (store) => {
      await create(store, A, one);
      await create(store, B, one);
      const first = await present(store, A);
      for (let i = 0; i < 5; i++) await present(store, A);
      const revision = (await present(store, B)).revision;
      await store.commit(B, revision, [value(1, "other")]);
      expect(await present(store, A)).toEqual(first);
    });
  });
}
