import { type AuditEntry, type AuditTrail, type HandleStore, verifyAudit } from "@handlekit/core/store";
import { A, B, one, type StoreSuite, two } from "./store-suite.ts";

const created: AuditEntry = {
  time: new Date("2026-01-02T03:04:05.678Z"),
  identity: { index: 300, handle: "20.500.12345/USER1" },
  scheme: "basic",
  address: "127.0.0.1",
  operation: "create",
  handle: "20.500.12345/a",
  before: undefined,
  after: one,
};
const changed: AuditEntry = { ...created, operation: "change", before: one, after: two };
const removed: AuditEntry = {
  time: new Date(0),
  identity: undefined,
  scheme: "none",
  address: undefined,
  operation: "delete",
  handle: "20.500.12345/A",
  before: two,
  after: undefined,
};

/** Adds the tests of audit entries. A store without the member `audit` only has to accept them. */
export function describeAudit(name: string, suite: StoreSuite): void {
  const { describe, expect, present } = suite;

  function row(title: string, body: (store: HandleStore, audit: AuditTrail) => Promise<void>): void {
    suite.row(title, async (store) => {
      if (store.audit !== undefined) await body(store, store.audit);
    });
  }

  /** Creates, changes and removes the record under A, and creates the one under B after the first of these. */
  async function makeHistory(store: HandleStore): Promise<void> {
    expect(await store.commit(A, "absent", one, created)).toBe("done");
    expect(await store.commit(B, "absent", one, { ...created, handle: "20.500.12345/B" })).toBe("done");
    expect(await store.commit(A, (await present(store, A)).revision, two, changed)).toBe("done");
    expect(await store.commit(A, (await present(store, A)).revision, null, removed)).toBe("done");
  }

  describe(`${name}: audit`, () => {
    suite.row("entries are accepted with a commit", async (store) => {
      await makeHistory(store);
      expect(await store.read(A)).toBe(undefined);
      expect((await present(store, B)).values).toEqual(one);
    });

    row("entries are chained, if the store has an audit", async (store, audit) => {
      expect((await audit.head()).count).toBe(0);
      expect(await audit.read({ limit: 10 })).toEqual([]);
      await makeHistory(store);
      const entries = await audit.read({ limit: 10 });
      const history = [created, { ...created, handle: "20.500.12345/B" }, changed, removed];
      expect(entries.map(({ entry }) => entry)).toEqual(history);
      expect(entries.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
      const digests = entries.map(({ digest }) => digest);
      expect(digests.every((digest) => /^[0-9a-f]{64}$/.test(digest))).toBe(true);
      expect(new Set(digests).size).toBe(4);
      expect(entries.map(({ previous }) => previous)).toEqual(["", ...digests.slice(0, -1)]);
      expect(await verifyAudit(entries, { head: await audit.head() })).toEqual({
        entries: 4,
        first: 1,
        head: { count: 4, digest: digests.at(-1) },
        problems: [],
      });
      expect(await audit.head()).toEqual({ count: 4, digest: digests.at(-1) });
    });

    row("entries are read in pages, if the store has an audit", async (store, audit) => {
      await makeHistory(store);
      const numbers = async (query: Parameters<AuditTrail["read"]>[0]) =>
        (await audit.read(query)).map(({ number }) => number);
      expect(await numbers({ limit: 2 })).toEqual([1, 2]);
      expect(await numbers({ after: 2, limit: 1 })).toEqual([3]);
      expect(await numbers({ after: 4, limit: 10 })).toEqual([]);
      expect(await numbers({ limit: 0 })).toEqual([]);
    });

    row(
      "the history of a record goes on after its removal, if the store has an audit",
      async (store, audit) => {
        await makeHistory(store);
        const numbers = async (query: Parameters<AuditTrail["history"]>[0]) =>
          (await audit.history(query)).map(({ number }) => number);
        expect(await numbers({ key: A, limit: 10 })).toEqual([4, 3, 1]);
        expect(await numbers({ key: B, limit: 10 })).toEqual([2]);
        expect(await numbers({ key: A, limit: 2 })).toEqual([4, 3]);
        expect(await numbers({ key: A, before: 3, limit: 10 })).toEqual([1]);
        expect(await numbers({ key: A, before: 1, limit: 10 })).toEqual([]);
        expect(await numbers({ key: A, limit: 0 })).toEqual([]);
        expect(await store.commit(A, "absent", one, created)).toBe("done");
        expect(await numbers({ key: A, limit: 10 })).toEqual([5, 4, 3, 1]);
        // Without an entry, as by an import: what was before is kept.
        expect(await store.commit(A, (await present(store, A)).revision, two)).toBe("done");
        expect(await store.commit(A, (await present(store, A)).revision, null)).toBe("done");
        expect(await numbers({ key: A, limit: 10 })).toEqual([5, 4, 3, 1]);
        const [{ entry } = {}] = await audit.history({ key: A, limit: 1 });
        expect(entry).toEqual(created);
      },
    );

    row("an entry without a record is part of the chain, if the store has an audit", async (store, audit) => {
      await makeHistory(store);
      const imported = { ...removed, operation: "import", handle: "", before: undefined, note: "sha-256:00" };
      await audit.add(imported);
      expect((await audit.read({ after: 4, limit: 10 })).map(({ entry }) => entry)).toEqual([imported]);
      expect((await verifyAudit(await audit.read({ limit: 10 }))).problems).toEqual([]);
    });

    row("old entries are removed, and the chain says so, if the store has an audit", async (store, audit) => {
      const early = { ...created, time: new Date("2020-01-01T00:00:00Z") };
      expect(await store.commit(A, "absent", one, early)).toBe("done");
      expect(await store.commit(A, (await present(store, A)).revision, two, early)).toBe("done");
      expect(await audit.removeBefore(new Date("2019-01-01T00:00:00Z"))).toEqual({ removed: 0, more: false });
      expect(await store.commit(A, (await present(store, A)).revision, null, changed)).toBe("done");
      expect(await audit.removeBefore(new Date("2021-01-01T00:00:00Z"))).toEqual({ removed: 2, more: false });
      const entries = await audit.read({ limit: 10 });
      expect(entries.map(({ number }) => number)).toEqual([3, 4]);
      expect((await audit.history({ key: A, limit: 10 })).map(({ number }) => number)).toEqual([3]);
      expect((await verifyAudit(entries)).problems).toEqual([]);
      // Who cuts the beginning off without an entry is found.
      expect((await verifyAudit(entries.slice(1))).problems.map(({ number }) => number)).toEqual([4]);
      expect(await audit.removeBefore(new Date("2021-01-01T00:00:00Z"))).toEqual({ removed: 0, more: false });
    });

    row("entries of conflicts are not written, if the store has an audit", async (store, audit) => {
      await store.commit(A, "absent", one, created);
      const head = await audit.head();
      expect(await store.commit(A, "absent", two, created)).toBe("conflict");
      const many = Array.from({ length: 10 }, () => store.commit(B, "absent", one, created));
      expect((await Promise.all(many)).filter((outcome) => outcome === "done").length).toBe(1);
      expect((await audit.head()).count).toBe(2);
      const entries = await audit.read({ limit: 10 });
      expect(entries.map(({ previous }) => previous)).toEqual(["", head.digest]);
    });
  });
}
