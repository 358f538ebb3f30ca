import type { HandleStore } from "@handlekit/core/store";
import { describe, expect, it } from "vitest";
import { describeStore } from "../src/store/describe-store.ts";
import type { TestApi } from "../src/test-api.ts";
import {
  createMapData,
  createMapStore,
  type MapData,
  type MapStoreParts,
  mapStoreParts,
} from "./map-store.ts";

const api = { describe, expect, it };

const dataOf = new WeakMap<HandleStore, MapData>();

async function open(kept = createMapData()): Promise<HandleStore> {
  const store = createMapStore(kept);
  dataOf.set(store, kept);
  return store;
}

describeStore(
  "digests as revisions",
  {
    open: () => open(),
    async reopen(store) {
      await store.close();
      return open(dataOf.get(store));
    },
  },
  api,
);

describeStore(
  "no optional members",
  {
    async open() {
      const { find: _find, audit: _audit, ...store } = await open();
      return store;
    },
  },
  api,
);

/** Runs the suite on a store and resolves to the titles of the tests that failed. */
async function failuresOf(openBroken: () => HandleStore): Promise<string[]> {
  const tests: (readonly [string, () => Promise<void>])[] = [];
  const collect: TestApi = {
    describe: (_name, body) => body(),
    it: (title, body) => tests.push([title, body]),
    expect,
  };
  describeStore("broken", { open: async () => openBroken() }, collect);
  const failed: string[] = [];
  for (const [title, body] of tests) await body().catch(() => failed.push(title));
  return failed;
}

const { revisionOf, fits } = mapStoreParts;

/** Wrong parts of a store, each with the tests that it must fail. */
const BROKEN: Record<string, readonly [Partial<MapStoreParts>, readonly string[]]> = {
  "digests without times": [
    { revisionOf: (values) => revisionOf(values.map((value) => ({ ...value, timestamp: 0 }))) },
    ["differ between different states of a record"],
  ],
  "a revision accepted for an absent record": [
    { isExpected: (expected, present) => present === undefined || expected === present },
    ["conflict while the record is absent", "conflict when the store never returned them"],
  ],
  "no record without values": [
    { toStore: (next) => (next?.length ? next : null) },
    ["keeps a record without values", "keeps a record whose last value was removed"],
  ],
  "keys in the order of UTF-16": [
    { compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0) },
    ["order keys by their UTF-8 bytes, in pages", "orders keys by their UTF-8 bytes, in pages"],
  ],
  "a prefix that others begin with": [
    { hasPrefix: (key, prefix) => key.startsWith(prefix) },
    ["distinguish a prefix from those that begin with it", "finds only records of the prefix"],
  ],
  "hidden values that are found": [
    { fits: (value, query) => fits({ ...value, permissions: 15 }, query) },
    ["finds only values that are publicly readable"],
  ],
  "reserved types only in upper case": [
    { fits: (value, query) => value.type.startsWith("hs_") || fits(value, query) },
    ["finds no value of a type that begins with HS_, in upper or lower case"],
  ],
  "reserved types that are HS_SECKEY alone": [
    {
      fits: (value, query) =>
        /^HS_(?!SECKEY$)/i.test(value.type) ? (value.permissions & 2) !== 0 : fits(value, query),
    },
    ["finds no value of a type that begins with HS_, in upper or lower case"],
  ],
  "types that only begin like reserved ones": [
    { fits: (value, query) => !value.type.startsWith("HS") && fits(value, query) },
    ["finds values of types that only resemble reserved ones"],
  ],
  "types without case": [
    {
      fits: (value, query) =>
        fits({ ...value, type: value.type.toLowerCase() }, { ...query, type: query.type?.toLowerCase() }),
    },
    ["compares types exactly"],
  ],
  "data as a pattern": [
    {
      fits: ({ data, ...value }, { data: wanted, ...query }) =>
        wanted === undefined
          ? fits({ ...value, data }, { ...query, pattern: query.pattern ?? "" })
          : fits({ ...value, data }, { ...query, pattern: new TextDecoder().decode(wanted) }),
    },
    ["finds records with exactly the data"],
  ],
  ...Object.fromEntries(
    [
      ["%", "*"],
      ["_", "*"],
      ["?", "*"],
      ["[ab]", "a"],
      ["\\%", "%"],
    ].map(([special = "", meaning = ""]) => [
      `a pattern with a meaning of ${special}`,
      [
        {
          fits: (value, { data, pattern, ...query }) =>
            pattern === undefined
              ? fits(value, { ...query, data: data ?? new Uint8Array() })
              : fits(value, { ...query, pattern: pattern.replaceAll(special, meaning) }),
        },
        ["gives no character of a pattern a meaning but *"],
      ],
    ]),
  ),
};

describe("a store that breaks its contract", () => {
  it.each(Object.entries(BROKEN))("fails for %s", async (_name, [parts, titles]) => {
    const failed = await failuresOf(() => createMapStore(createMapData(), { ...mapStoreParts, ...parts }));
    expect(failed).toEqual(expect.arrayContaining([...titles]));
  });

  it.each([
    ["a record found twice", "finds a record once, however many of its values are found"],
    ["a limit that is ignored", "finds nothing for a limit of 0 or when no value fits"],
    ["a conflict in the audit", "entries of conflicts are not written, if the store has an audit"],
    ["a history by handle", "the history of a record goes on after its removal, if the store has an audit"],
  ])("fails for %s", async (fault, title) => {
    const failed = await failuresOf(() => {
      const data = createMapData();
      const store = createMapStore(data);
      const find = store.find ?? (async () => []);
      switch (fault) {
        case "a record found twice":
          return { ...store, find: async (query) => (await find(query)).flatMap((key) => [key, key]) };
        case "a limit that is ignored":
          return { ...store, find: (query) => find({ ...query, limit: 100 }) };
        case "a conflict in the audit":
          return {
            ...store,
            async commit(key, expected, next, entry) {
              const outcome = await store.commit(key, expected, next, entry);
              const last = data.chain.at(-1);
              if (outcome === "conflict" && last) data.chain.push(last);
              return outcome;
            },
          };
        default:
          return {
            ...store,
            audit: store.audit && {
              ...store.audit,
              history: async ({ key, before = Number.POSITIVE_INFINITY, limit }) =>
                data.chain
                  .filter(({ number, entry }) => number < before && entry.handle === key)
                  .reverse()
                  .slice(0, limit),
            },
          };
      }
    });
    expect(failed).toContain(title);
  });
});
