import { setImmediate } from "node:timers/promises";
import { encodeUtf8, foldCase, handleKey, sameBytes, sameHandle } from "@handlekit/core";
import type { HandleKey, HandleStore, RecordValues, StateStore } from "@handlekit/core/store";
import { type ArdcFailure, fail } from "../answer.ts";
import { ownerIndex, padded, unpadded } from "./owner-index.ts";
import { isShown, ownerOf, WRITABLE_TYPES } from "./values.ts";

/** Finds handles of one prefix, in numeric order. */
export interface Search {
  /**
   * Finds the first 1,000 handles that have a public URL or DESC value with this text.
   *
   * @returns a failure if more than 100,000 have it, or in a store without `find` if the prefix has more than 20,000
   *   handles
   */
  byValue(text: string): Promise<string[] | ArdcFailure>;
  /**
   * Finds one page of the handles that belong to an owner handle and have a number as suffix.
   *
   * @param after finds only greater numbers
   */
  byOwner(ownerHandle: string, after?: bigint): Promise<string[]>;
}

const PAGE = 1000;
/** Greater than every number in an index. */
const NUMBERS_END = ":";
/** All handles with a value are found before they are sorted by number, so there is a limit on them. */
const MAX_FOUND = 100_000;
/** The most records that are read for a value in a store without `find`. */
const MAX_READ = 20_000;

/**
 * Resolves to all keys of a list that is read in pages, between which other requests are handled.
 *
 * @returns undefined if there are more than `most`
 */
async function collect(
  readPage: (after: HandleKey | undefined) => Promise<readonly HandleKey[]>,
  most: number,
): Promise<HandleKey[] | undefined> {
  const all: HandleKey[] = [];
  for (;;) {
    const page = await readPage(all.at(-1));
    for (const key of page) all.push(key);
    if (all.length > most) return undefined;
    if (page.length < PAGE) return all;
    await setImmediate();
  }
}

/** Finds the keys with a value by `find`, of one type after the other. */
async function findKeys(
  find: NonNullable<HandleStore["find"]>,
  prefix: string,
  data: Uint8Array,
): Promise<Set<HandleKey> | ArdcFailure> {
  const found = new Set<HandleKey>();
  for (const type of WRITABLE_TYPES) {
    const keys = await collect((after) => find({ prefix, type, data, after, limit: PAGE }), MAX_FOUND);
    if (keys === undefined) return fail(`More than ${MAX_FOUND} handles have this value`);
    for (const key of keys) found.add(key);
  }
  return found;
}

/** Finds the keys with a value by reading all records. */
async function readKeys(
  store: HandleStore,
  prefix: string,
  data: Uint8Array,
): Promise<Set<HandleKey> | ArdcFailure> {
  const keys = await collect((after) => store.list(prefix, after, PAGE), MAX_READ);
  if (keys === undefined) {
    return fail(`The store of this server cannot search for a value among more than ${MAX_READ} handles`);
  }
  const found = new Set<HandleKey>();
  for (const [i, key] of keys.entries()) {
    if (i % PAGE === 0) await setImmediate();
    const values = (await store.read(key))?.values;
    if (values?.some((value) => isShown(value) && sameBytes(value.data, data))) found.add(key);
  }
  return found;
}

/** Creates a search over a store and the index by owner that an indexed store keeps. */
export function createSearch(store: HandleStore, state: StateStore, prefix: string): Search {
  const folded = foldCase(prefix);
  return {
    async byValue(text) {
      const data = encodeUtf8(text);
      const find = store.find?.bind(store);
      const keys = await (find ? findKeys(find, folded, data) : readKeys(store, folded, data));
      if ("failure" in keys) return keys;
      return [...keys]
        .map((key) => padded(key.slice(folded.length + 1)))
        .sort((a, b) => (a < b ? -1 : 1))
        .slice(0, PAGE)
        .map((suffix) => `${prefix}/${unpadded(suffix)}`);
    },
    async byOwner(ownerHandle, after) {
      const index = ownerIndex(prefix, ownerHandle);
      let from = after === undefined || after < 0n ? undefined : padded(`${after}`);
      // A number with more digits than the index has is greater than all of them.
      if (from?.startsWith("~")) return [];
      from = from && index + from;
      // Checks the records: the index may contain entries too many.
      const isOwned = (values: RecordValues) => {
        const owner = ownerOf(values);
        return owner !== undefined && sameHandle(owner, ownerHandle);
      };
      const found: string[] = [];
      for (;;) {
        const chunk = await state.scan(index, from, PAGE);
        for (const [key] of chunk) {
          if (key >= index + NUMBERS_END) return found;
          const handle = `${prefix}/${unpadded(key.slice(index.length))}`;
          const record = await store.read(handleKey(handle));
          if (record !== undefined && isOwned(record.values)) found.push(handle);
          if (found.length === PAGE) return found;
        }
        from = chunk.at(-1)?.[0];
        if (from === undefined) return found;
      }
    },
  };
}
