import { encodeUtf8, handleKey } from "@handlekit/core";
import {
  encodeRecord,
  type HandleKey,
  matchesQuery,
  type RecordValues,
  type Revision,
  type ValueQuery,
} from "@handlekit/core/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SqlDriver } from "../src/driver/driver.ts";
import { openDriver } from "../src/driver/open-driver.ts";
import { prepareSchema } from "../src/file/schema.ts";
import { createFind, type Find, type FindQuery, NEW_RECORDS } from "../src/search/find-step.ts";
import { createWriter } from "../src/write/writer.ts";
import { valuesOf } from "./values.ts";

/** Runs a search to its end. */
function findAll(find: Find, query: ValueQuery): HandleKey[] {
  const keys: HandleKey[] = [];
  let rest: FindQuery = query;
  for (let steps = 0; steps < 1000; steps++) {
    const step = find({ ...rest, limit: query.limit - keys.length });
    keys.push(...step.keys);
    if (step.after === undefined) return keys;
    rest = { ...query, after: step.after, inOrder: step.inOrder };
  }
  throw new Error("The search does not end.");
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

// Few letters, so that data begin with each other, and some longer than the beginning in the index.
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", "é", "\u{10ffff}", "\uffff"), maxLength: 4 }),
  fc
    .string({ unit: fc.constantFrom("a", "b"), maxLength: 3 })
    .map((end) => `a beginning that is longer than what the index has of it: ${end}`),
);
const data = fc.oneof(text.map(encodeUtf8), fc.uint8Array({ maxLength: 3 }));
const type = fc.constantFrom("URL", "url", "EMAIL", "HS_ADMIN");
const values = fc
  .array(fc.record({ type, data, permissions: fc.constantFrom(14, 14, 14, 12) }), { maxLength: 3 })
  .map(
    (all): RecordValues =>
      all.map((value, i) => ({ ...(valuesOf("")[0] as RecordValues[number]), ...value, index: i + 1 })),
  );
const key = fc
  .constantFrom("20.5/A", "20.5/B", "20.5/\uffff", "20.5/\u{1d4b3}", "20.50/A", "20.500/A")
  .map(handleKey);
const pattern = fc
  .array(fc.oneof(text, fc.constant("*"), fc.constant("*")), { maxLength: 4 })
  .map((parts) => parts.join(""));
const query: fc.Arbitrary<ValueQuery> = fc
  .record({
    prefix: fc.constantFrom(undefined, "20.5", "20.50"),
    type: fc.option(type, { nil: undefined }),
    after: fc.option(key, { nil: undefined }),
    limit: fc.integer({ min: 0, max: 4 }),
    what: fc.oneof(data, pattern),
  })
  .map(({ what, ...rest }) =>
    typeof what === "string" ? { ...rest, pattern: what } : { ...rest, data: what },
  );
const step = fc.record({ key, values: fc.option(values), index: fc.boolean() });

describe("a search", () => {
  it("finds what a look at every record finds, however far the index is", async () => {
    const driver = await openDriver(":memory:");
    prepareSchema(driver, ":memory:");
    const writer = createWriter(driver);
    const find = createFind(driver);
    const model = new Map<HandleKey, { revision: number; values: RecordValues }>();
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), fc.array(query, { maxLength: 6 }), (steps, queries) => {
        for (const { key, values, index } of steps) {
          const expected = `${model.get(key)?.revision ?? "absent"}` as Revision | "absent";
          const record = values === null ? null : encodeRecord(values);
          const [revision] = writer.write([{ kind: "commit", key, expected, record }]);
          if (values === null) model.delete(key);
          else model.set(key, { revision: Number(revision), values });
          if (index) writer.extendIndex(2);
        }
        for (const query of queries) {
          const expected = [...model]
            .filter(([key]) => query.prefix === undefined || key.startsWith(`${query.prefix}/`))
            .filter(([key]) => query.after === undefined || byBytes(key, query.after) > 0)
            .filter(([, { values }]) => values.some((value) => matchesQuery(value, query)))
            .map(([key]) => key)
            .sort(byBytes)
            .slice(0, query.limit);
          expect(findAll(find, query)).toEqual(expected);
        }
      }),
      { numRuns: 300 },
    );
    driver.close();
  });

  /** A store with as many records, of which the first are indexed. */
  async function filled(records: number, indexed: number): Promise<{ driver: SqlDriver; find: Find }> {
    const driver = await openDriver(":memory:");
    prepareSchema(driver, ":memory:");
    const writer = createWriter(driver);
    const all = Array.from({ length: records }, (_, i) => ({
      kind: "commit" as const,
      key: handleKey(`20.5/${String(i).padStart(6, "0")}`),
      expected: "absent" as const,
      record: encodeRecord(
        valuesOf(i % 1000 === 7 ? "rare" : `https://example.org/${i % 5 === 0 ? "same" : i}`),
      ),
    }));
    writer.write(all);
    if (indexed > 0) writer.extendIndex(indexed);
    return { driver, find: createFind(driver) };
  }

  it("goes through many records in steps, each once and in order", async () => {
    const { driver, find } = await filled(25_000, 24_000);
    const all = { after: undefined, limit: 100_000 };
    const same = { ...all, data: encodeUtf8("https://example.org/same") };
    for (const query of [
      { ...same, type: "URL" },
      same,
      { ...all, pattern: "https://example.org/*" },
      { ...all, pattern: "*/same" },
      { ...all, type: "URL", pattern: "https://example.org/1*" },
      { ...all, data: encodeUtf8("rare") },
    ]) {
      const found = findAll(find, query);
      const expected = Array.from({ length: 25_000 }, (_, i) => i).filter((i) => {
        const data = i % 1000 === 7 ? "rare" : `https://example.org/${i % 5 === 0 ? "same" : i}`;
        return matchesQuery({ ...(valuesOf(data)[0] as RecordValues[number]) }, query);
      });
      expect(found).toEqual(expected.map((i) => handleKey(`20.5/${String(i).padStart(6, "0")}`)));
      expect(found.length).toBeGreaterThan(20);
    }
    const one = find({ ...all, type: "URL", pattern: "https*" });
    expect(one.keys.length).toBeLessThanOrEqual(2001);
    expect(one.after).toBeDefined();
    driver.close();
  });
});

it("reads the new records by their number, and not all keys of the range", async () => {
  const driver = await openDriver(":memory:");
  prepareSchema(driver, ":memory:");
  const [plan = []] = driver.prepare(`EXPLAIN QUERY PLAN ${NEW_RECORDS}`).all([1, "20.5/", "20.50"]);
  expect(plan.join(" ")).toContain("SEARCH records USING INTEGER PRIMARY KEY (rowid>?)");
  driver.close();
});
