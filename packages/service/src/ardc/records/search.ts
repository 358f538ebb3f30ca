import { encodeUtf8, handleKey, sameBytes, sameHandle } from "@handlekit/core";
import type { HandleStore, RecordValues, StateStore } from "@handlekit/core/store";
import { ownerIndex, padded, unpadded, valueIndex } from "./value-index.ts";
import { isShown, ownerOf } from "./values.ts";

/** Finds handles of one prefix, in numeric order. */
export interface Search {
  /** The first 1,000 handles with a value that everybody may read. */
  byValue(text: string): Promise<string[]>;
  /**
   * A page of the handles with a number that belong to an owner handle.
   *
   * @param after only greater numbers
   */
  byOwner(ownerHandle: string, after?: bigint): Promise<string[]>;
}

const PAGE = 1000;
/** The last key of a number. */
const NUMBERS_END = ":";

/** Makes a search over the index that an indexed store keeps. */
export function createSearch(store: HandleStore, state: StateStore, prefix: string): Search {
  /** The handles of an index whose records are as it says; it may hold some that are not, or not yet. */
  const find = async (
    index: string,
    from: string | undefined,
    end: string,
    fits: (values: RecordValues) => boolean,
  ): Promise<string[]> => {
    const found: string[] = [];
    for (let after = from; found.length < PAGE; ) {
      const chunk = await state.scan(index, after, PAGE);
      for (const [key] of chunk) {
        if (key >= index + end) return found;
        const handle = `${prefix}/${unpadded(key.slice(index.length))}`;
        const record = await store.read(handleKey(handle));
        if (record !== undefined && fits(record.values)) found.push(handle);
        if (found.length === PAGE) return found;
      }
      after = chunk.at(-1)?.[0];
      if (after === undefined) return found;
    }
    return found;
  };

  return {
    byValue(text) {
      const data = encodeUtf8(text);
      const fits = (values: RecordValues) =>
        values.some((value) => isShown(value) && sameBytes(value.data, data));
      return find(valueIndex(prefix, data), undefined, "\uffff", fits);
    },
    async byOwner(ownerHandle, after) {
      const index = ownerIndex(prefix, ownerHandle);
      const from = after === undefined || after < 0n ? undefined : padded(`${after}`);
      // A number with more digits than any of ours is greater than all of them.
      if (from?.startsWith("~")) return [];
      const fits = (values: RecordValues) => {
        const owner = ownerOf(values);
        return owner !== undefined && sameHandle(owner, ownerHandle);
      };
      return find(index, from && index + from, NUMBERS_END, fits);
    },
  };
}
