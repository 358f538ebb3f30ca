import { handleKey } from "@handlekit/core";
import type {
  HandleKey,
  HandleStore,
  RecordValues,
  Revision,
  StoredRecord,
  StoredValue,
} from "@handlekit/core/store";
import type { TestApi } from "../test-api.ts";

const encoder = new TextEncoder();

/** Creates a value of type URL with a text as data. */
export function value(index: number, text: string, more: Partial<StoredValue> = {}): StoredValue {
  return {
    index,
    type: "URL",
    data: encoder.encode(text),
    ttlType: "relative",
    ttl: 86400,
    permissions: 0b1110,
    timestamp: 1_700_000_000,
    references: [],
    ...more,
  };
}

/** A record of one value. */
export const one: RecordValues = [value(1, "https://example.org/1")];
/** A record of two values. */
export const two: RecordValues = [value(1, "https://example.org/2"), value(2, "second")];

export const A: HandleKey = handleKey("20.500.12345/A");
export const B: HandleKey = handleKey("20.500.12345/B");
export const C: HandleKey = handleKey("20.500.12345/C");

/** Keys with characters that have a meaning in SQL, paths and patterns, in ascending order of their UTF-8 bytes. */
export const AWKWARD: readonly HandleKey[] = [
  "20.5/",
  "20.5/\u0000",
  "20.5/\u0000A",
  "20.5/ ",
  "20.5/%",
  "20.5/'; --",
  "20.5/../A",
  "20.5//",
  "20.5/A",
  "20.5/A\u0000",
  "20.5/A\u0000B",
  "20.5/A/B",
  "20.5/\\",
  "20.5/_",
  "20.5/É",
  "20.5/～",
  "20.5/\uffff",
  "20.5/𝒳",
  "20.5/\u{10ffff}",
].map(handleKey);

/** The functions that the parts of the suite share. */
export interface StoreSuite extends TestApi {
  /** Adds a test that gets a new, empty store, which is closed after it. */
  row(title: string, body: (store: HandleStore) => Promise<void>): void;
  /** Resolves to the record under a key. Throws if there is none. */
  present(store: HandleStore, key: HandleKey): Promise<StoredRecord>;
  /** Creates a record and resolves to its revision. */
  create(store: HandleStore, key: HandleKey, values?: RecordValues): Promise<Revision>;
  /** Reads all pages of a list and expects none to be longer than `size`. */
  readPages(
    size: number,
    readPage: (after: HandleKey | undefined) => Promise<HandleKey[]>,
  ): Promise<HandleKey[]>;
}

const MAX_PAGES = 100;

/** Creates the functions of a suite. */
export function createStoreSuite(open: () => Promise<HandleStore>, api: TestApi): StoreSuite {
  const { it, expect } = api;

  async function present(store: HandleStore, key: HandleKey): Promise<StoredRecord> {
    const record = await store.read(key);
    if (record === undefined) throw new Error(`There is no record under ${JSON.stringify(key)}.`);
    return record;
  }

  return {
    ...api,
    present,
    row(title, body) {
      it(title, async () => {
        const store = await open();
        try {
          await body(store);
        } finally {
          await store.close();
        }
      });
    },
    async create(store, key, values = one) {
      expect(await store.commit(key, "absent", values)).toBe("done");
      return (await present(store, key)).revision;
    },
    async readPages(size, readPage) {
      const keys: HandleKey[] = [];
      for (let pages = 0; pages < MAX_PAGES; pages++) {
        const page = await readPage(keys.at(-1));
        expect(page.length <= size).toBe(true);
        if (page.length === 0) break;
        keys.push(...page);
      }
      return keys;
    },
  };
}
