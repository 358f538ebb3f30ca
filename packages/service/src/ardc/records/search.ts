import { encodeUtf8, handleKey, sameBytes, sameHandle } from "@handlekit/core";
import type { HandleStore, RecordValues, StateStore } from "@handlekit/core/store";
import { ownerIndex, padded, unpadded, valueIndex } from "./value-index.ts";
import { isShown, ownerOf } from "./values.ts";

/** Finds handles of one prefix, in numeric order. */
export interface Search {
  /** Finds at most 1,000 handles that have a public value with this text. */
  byValue(text: string): Promise<string[]>;
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

/** Creates a search over the index of an indexed store. */
export function createSearch(store: HandleStore, state: StateStore, prefix: string): Search {
  /** Finds the handles of an index entry, and checks their records: the index may contain entries too many. */
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
      // A number with more digits than the index has is greater than all of them.
      if (from?.startsWith("~")) return [];
      const fits = (values: RecordValues) => {
        const owner = ownerOf(values);
        return owner !== undefined && sameHandle(owner, ownerHandle);
      };
      return find(index, from && index + from, NUMBERS_END, fits);
    },
  };
}
