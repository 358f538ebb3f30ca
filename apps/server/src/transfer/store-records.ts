import { type HandleKey, handleKey, prefixHandle } from "@handlekit/core";
import { compareKeys, type ExportRecord } from "@handlekit/core/export";
import type { HandleStore } from "@handlekit/core/store";

const NA = "0.NA";
const PAGE = 1000;
/** How many records are in memory at the same time. */
const CHUNK = 100;

async function* pagesOf(store: HandleStore, prefix: string): AsyncGenerator<HandleKey[]> {
  for (let after: HandleKey | undefined; ; ) {
    const keys = await store.list(prefix, after, PAGE);
    if (keys.length === 0) return;
    yield keys;
    after = keys.at(-1);
  }
}

/**
 * Lists the keys of a store in pages, in the order of an export.
 *
 * @param selected the prefixes, folded, whose records and prefix handles are listed; undefined for all that are homed
 *   and all prefix handles
 */
export async function* listPages(
  store: HandleStore,
  selected: readonly string[] | undefined,
): AsyncGenerator<readonly HandleKey[]> {
  const prefixes = new Set(selected ?? [...(await store.prefixes()), NA]);
  const handles = prefixes.has(NA) ? [] : [...prefixes].map((prefix) => handleKey(prefixHandle(prefix)));
  for (const prefix of [...prefixes.add(NA)].sort(compareKeys)) {
    if (prefix !== NA || handles.length === 0) yield* pagesOf(store, prefix);
    else {
      const found = await Promise.all(handles.map(async (each) => (await store.read(each)) !== undefined));
      yield handles.filter((_, i) => found[i]).sort(compareKeys);
    }
  }
}

/** Counts the records that {@link listPages} lists. */
export async function countRecords(
  store: HandleStore,
  selected: readonly string[] | undefined,
): Promise<number> {
  let count = 0;
  for await (const keys of listPages(store, selected)) count += keys.length;
  return count;
}

/** Reads the records that {@link listPages} lists. Each is read whole; one that is deleted meanwhile is left out. */
export async function* readRecords(
  store: HandleStore,
  selected: readonly string[] | undefined,
  signal: AbortSignal,
): AsyncGenerator<ExportRecord> {
  for await (const keys of listPages(store, selected)) {
    for (let at = 0; at < keys.length; at += CHUNK) {
      signal.throwIfAborted();
      const chunk = keys.slice(at, at + CHUNK);
      const records = await Promise.all(chunk.map((key) => store.read(key)));
      for (const [i, handle] of chunk.entries()) {
        const record = records[i];
        if (record !== undefined) yield { handle, values: record.values };
      }
    }
  }
}
