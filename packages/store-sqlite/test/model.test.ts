import { handleKey } from "@handlekit/core";
import type { HandleStore, RecordValues, Revision, StoredValue } from "@handlekit/core/store";
import fc from "fast-check";
import { expect, it } from "vitest";
import { openInline } from "../src/open-backend.ts";
import { openWith } from "../src/open-with.ts";
import { useTempFiles } from "./temp-file.ts";

const tempFile = useTempFiles();
const keys = ["20.5/", "20.5/A", "20.5/～", "20.5/𝒳", "20.50/A"].map(handleKey);

interface Entry {
  readonly values: RecordValues;
  /** Undefined until it has been read. */
  readonly revision: Revision | undefined;
}
type Model = Map<(typeof keys)[number], Entry>;

const value: fc.Arbitrary<StoredValue> = fc.record({
  index: fc.integer({ min: 1, max: 0x7fffffff }),
  type: fc.string({ unit: "binary" }),
  data: fc.uint8Array({ maxLength: 5000 }),
  ttlType: fc.constantFrom("relative", "absolute"),
  ttl: fc.integer({ min: 0, max: 0x7fffffff }),
  permissions: fc.integer({ min: 0, max: 15 }),
  timestamp: fc.integer({ min: 0, max: 0xffffffff }),
  references: fc.array(
    fc.record({ handle: fc.string({ unit: "binary" }), index: fc.integer({ min: 0, max: 0x7fffffff }) }),
    { maxLength: 2 },
  ),
});

const commit = fc.record({
  key: fc.constantFrom(...keys),
  expect: fc.constantFrom("present", "present", "absent", "old"),
  next: fc.option(fc.array(value, { maxLength: 3 })),
});

const group = fc.record({ commits: fc.array(commit, { maxLength: 6 }), reopen: fc.boolean() });

const inByteOrder = (all: Iterable<string>): string[] =>
  [...all].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

/** Compares all that the store shows with the model, and lets the model know the revisions. */
async function compare(store: HandleStore, model: Model, old: Map<string, Set<Revision>>): Promise<void> {
  for (const key of keys) {
    const record = await store.read(key);
    const entry = model.get(key);
    expect(record?.values).toEqual(entry?.values);
    if (record === undefined || entry === undefined) continue;
    if (entry.revision === undefined) expect(old.get(key)?.has(record.revision)).not.toBe(true);
    else expect(record.revision).toBe(entry.revision);
    model.set(key, { values: record.values, revision: record.revision });
    old.set(key, (old.get(key) ?? new Set()).add(record.revision));
  }
  for (const prefix of ["20.5", "20.50"]) {
    const there = inByteOrder([...model.keys()].filter((key) => key.startsWith(`${prefix}/`)));
    expect(await store.list(prefix, undefined, 100)).toEqual(there);
    for (const after of keys) {
      const rest = there.filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0);
      expect(await store.list(prefix, after, 2)).toEqual(rest.slice(0, 2));
    }
  }
}

it("behaves like a map", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(group, { maxLength: 8 }), async (groups) => {
      const file = tempFile();
      let { store, close } = await openWith({ file }, openInline);
      const model: Model = new Map();
      const old = new Map<string, Set<Revision>>();
      for (const { commits, reopen } of groups) {
        const known = new Map(model);
        const wanted = commits.map(({ key, expect, next }) => {
          const past = [...(old.get(key) ?? [])].find((revision) => revision !== known.get(key)?.revision);
          const expected: Revision | "absent" | undefined =
            expect === "absent" ? "absent" : expect === "old" ? past : known.get(key)?.revision;
          const entry = model.get(key);
          const right =
            (expected ?? "absent") === "absent"
              ? entry === undefined
              : entry?.revision !== undefined && entry.revision === expected;
          if (right && next !== null) model.set(key, { values: next, revision: undefined });
          if (right && next === null) model.delete(key);
          return { right, answer: store.commit(key, expected ?? "absent", next) };
        });
        for (const { right, answer } of wanted) expect(await answer).toBe(right ? "done" : "conflict");
        if (reopen) {
          await close();
          ({ store, close } = await openWith({ file }, openInline));
        }
        await compare(store, model, old);
      }
      await close();
    }),
    { numRuns: 60 },
  );
});
