import { handleKey } from "@handlekit/core";
import type { AuditEntry, HandleStore, StateStore } from "@handlekit/core/store";
import { openMemory } from "@handlekit/service";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createIndexedStore } from "../src/ardc/records/owner-index.ts";
import { createSearch } from "../src/ardc/records/search.ts";
import { createArdcFixture, PREFIX, registerClients, stored } from "./ardc-support.ts";

const OWNER = `${PREFIX}/9`;
const OWNED = stored(101, "AGENTID", OWNER);

/** Lets calls pass until `calls` of them have, and fails from then on, as a process that was killed. */
function dying<T extends object>(parts: T, names: readonly (keyof T)[], calls: number): T {
  let left = calls;
  const killed = names.map((name) => {
    const call = parts[name];
    return [
      name,
      async (...given: unknown[]) => {
        if (left-- <= 0 || typeof call !== "function") throw new Error("killed");
        return call.apply(parts, given);
      },
    ];
  });
  return { ...parts, ...Object.fromEntries(killed) };
}

async function freshParts(): Promise<{ store: HandleStore; state: StateStore }> {
  const store = openMemory().store;
  await store.home(PREFIX);
  const state = openMemory().state;
  await registerClients(state);
  return { store, state };
}

describe("a server that is killed in the middle", () => {
  it.each(Array.from({ length: 12 }, (_, i) => i))(
    "of a first mint, at its write %i, leaves nothing that is not found, and one owner handle",
    async (writes) => {
      const { store, state } = await freshParts();
      // Writes to both count together: the order in which they are made is what is tested.
      const both = dying({ ...state, ...store }, ["put", "delete", "next", "commit"], writes);
      const killed = await createArdcFixture(
        {},
        {
          store: { ...store, commit: both.commit },
          state: { ...state, put: both.put, delete: both.delete, next: both.next },
        },
      );
      const answer = await killed.call("mint", { type: "DESC", value: "x" });

      const { call, mint } = await createArdcFixture({}, { store, state });
      const listed = (await call("listHandles", {})).identifiers ?? [];
      const keys = (await store.list(PREFIX, undefined, 10)).map(String);
      expect(new Set(listed)).toEqual(new Set([...keys]));
      const owner = (await call("getOwnerHandle", {})).identifier?.handle ?? "";
      expect(listed).toContain(owner);
      expect(keys.length).toBeLessThanOrEqual(2);
      if (answer.type === "success") expect(keys.length).toBe(2);
      const found = await call("getHandle", { value: "x" });
      expect(found.type).toBe(keys.length === 2 ? "success" : "failure");
      const next = await mint("DESC", "y");
      expect(keys).not.toContain(next);
      expect((await call("getOwnerHandle", {})).identifier?.handle).toBe(owner);
    },
  );

  it.each(Array.from({ length: 6 }, (_, i) => i))(
    "of a change, at its write %i, is found by the value it has",
    async (writes) => {
      const { store, state } = await freshParts();
      const { mint } = await createArdcFixture({}, { store, state });
      const handle = await mint("DESC", "before");
      const both = dying({ ...state, ...store }, ["put", "delete", "commit"], writes);
      const killed = await createArdcFixture(
        {},
        { store: { ...store, commit: both.commit }, state: { ...state, put: both.put, delete: both.delete } },
      );
      await killed.call("modifyValueByIndex", { handle, index: "1", value: "after" });

      const { call } = await createArdcFixture({}, { store, state });
      const value = (await call("getHandle", { handle })).identifier?.properties[0]?.value ?? "";
      expect((await call("getHandle", { value })).identifier?.handle).toBe(handle);
      const other = value === "before" ? "after" : "before";
      expect((await call("getHandle", { value: other })).type).toBe("failure");
    },
  );
});

describe("the index", () => {
  it("matches the records after any concurrent changes", async () => {
    const flags = fc.array(fc.boolean(), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(flags, { minLength: 2, maxLength: 4 }),
        async (scheduler, processes) => {
          const { store, state } = await freshParts();
          const key = handleKey(`${PREFIX}/1`);
          const direct = createIndexedStore(store, { state, prefix: PREFIX, log: undefined });
          await direct.commit(key, "absent", [OWNED]);
          const slow = <T extends unknown[], R>(call: (...given: T) => Promise<R>) =>
            scheduler.scheduleFunction(call);
          const indexed = createIndexedStore(
            { ...store, read: slow(store.read), commit: slow(store.commit) },
            {
              state: { ...state, get: slow(state.get), put: slow(state.put), delete: slow(state.delete) },
              prefix: PREFIX,
              log: undefined,
            },
          );
          /** Adds the value or takes it away, as often as it is told to. */
          const change = async (present: readonly boolean[]) => {
            for (const wanted of present) {
              for (let outcome = ""; outcome !== "done"; ) {
                const record = await store.read(key);
                const next = wanted ? [OWNED] : [];
                outcome = await indexed.commit(key, record?.revision ?? "absent", next);
              }
            }
          };
          await scheduler.waitFor(Promise.all(processes.map(change)));
          const held = ((await store.read(key))?.values ?? []).length === 1;
          expect(await createSearch(store, state, PREFIX).byOwner(OWNER)).toEqual(
            held ? [`${PREFIX}/1`] : [],
          );
        },
      ),
      { numRuns: 400 },
    );
  });

  it("adds older records when they change", async () => {
    const { store, state } = await freshParts();
    const key = handleKey(`${PREFIX}/1`);
    await store.commit(key, "absent", [OWNED]);
    const indexed = createIndexedStore(store, { state, prefix: PREFIX, log: undefined });
    const search = createSearch(store, state, PREFIX);
    expect(await search.byOwner(OWNER)).toEqual([]);
    const { revision } = (await store.read(key)) ?? {};
    await indexed.commit(key, revision ?? "absent", [stored(1, "DESC", "new"), OWNED]);
    expect(await search.byOwner(OWNER)).toEqual([`${PREFIX}/1`]);
  });

  it("is only for its prefix, and has no entries too many after successful changes", async () => {
    const { store, state } = await freshParts();
    const indexed = createIndexedStore(store, { state, prefix: PREFIX, log: undefined });
    const entries = async () => (await state.scan("ardc/", undefined, 100)).length - others;
    const others = (await state.scan("ardc/", undefined, 100)).length;
    for (const handle of ["20.5/1", `0.NA/${PREFIX}`, `${PREFIX}0/1`]) {
      await indexed.commit(handleKey(handle), "absent", [OWNED]);
    }
    expect(await entries()).toBe(0);
    const key = handleKey(`${PREFIX}/1`);
    await indexed.commit(key, "absent", [stored(1, "DESC", "x"), stored(2, "URL", "y"), OWNED]);
    expect(await entries()).toBe(1);
    expect(await indexed.commit(key, "absent", null)).toBe("conflict");
    const { revision } = (await indexed.read(key)) ?? {};
    await indexed.commit(key, revision ?? "absent", null);
    expect(await entries()).toBe(0);
    await indexed.home("20.6");
    expect(await indexed.prefixes()).toEqual([PREFIX, "20.6"]);
    await indexed.unhome("20.6");
    expect(await indexed.list("20.5", undefined, 10)).toEqual(["20.5/1"]);
    await indexed.close();
    await expect(store.prefixes()).rejects.toMatchObject({ code: "store_failed" });
  });

  it("does not undo a commit if it cannot be updated", async () => {
    const { store, state } = await freshParts();
    const lines: string[] = [];
    const log = { debug() {}, info() {}, warn() {}, error: (message: string) => lines.push(message) };
    const indexed = createIndexedStore(store, { state: dying(state, ["delete"], 0), prefix: PREFIX, log });
    const key = handleKey(`${PREFIX}/1`);
    await indexed.commit(key, "absent", [OWNED]);
    const { revision } = (await indexed.read(key)) ?? {};
    expect(await indexed.commit(key, revision ?? "absent", [])).toBe("done");
    expect(lines).toEqual(["ARDC: an index entry was left behind"]);
  });

  it("is no obstacle to the optional members of the store", async () => {
    const { store, state } = await freshParts();
    const audited: unknown[] = [];
    const full: HandleStore = {
      ...store,
      changes: () => () => {},
      audit: openMemory().store.audit,
      commit: (key, expected, next, audit) => {
        audited.push(audit);
        return store.commit(key, expected, next);
      },
    };
    const wrap = (inner: HandleStore) => createIndexedStore(inner, { state, prefix: PREFIX, log: undefined });
    const indexed = wrap(full);
    const entry = { operation: "create" } as AuditEntry;
    for (const handle of [`${PREFIX}/1`, "20.5/1"]) {
      await indexed.commit(handleKey(handle), "absent", [stored(1, "DESC", "x")], entry);
    }
    expect(audited).toEqual([entry, entry]);
    expect(await indexed.find?.({ pattern: "x", after: undefined, limit: 9 })).toEqual([
      `${PREFIX}/1`,
      "20.5/1",
    ]);
    expect([indexed.audit, typeof indexed.changes]).toEqual([full.audit, "function"]);
    const { find, changes, audit } = wrap({ ...store, find: undefined, audit: undefined });
    expect([find, changes, audit]).toEqual([undefined, undefined, undefined]);
  });
});
