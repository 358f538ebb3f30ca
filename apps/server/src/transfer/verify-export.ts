import { type HandleKey, sameBytes } from "@handlekit/core";
import { compareKeys, createExportReader, digestRecord, type ExportItem } from "@handlekit/core/export";
import type { HandleStore } from "@handlekit/core/store";
import { sha256 } from "./sha256.ts";
import { listPages } from "./store-records.ts";

/** The differences between a store and an export. */
export interface Verification {
  /** Records that are equal. */
  readonly same: number;
  /** Records of the export that the store does not have. */
  readonly missing: number;
  /** Records that the store has with other values. */
  readonly different: number;
  /** Records that the store has and the export does not. */
  readonly extra: number;
  /** Prefixes of the export that the store is not responsible for. */
  readonly notHomed: readonly string[];
  /** The first handles of each kind. */
  readonly handles: Readonly<Record<"missing" | "different" | "extra", readonly HandleKey[]>>;
}

type RecordItem = Extract<ExportItem, { kind: "record" }>;

const CHUNK = 500;
const CHUNK_LENGTH = 8 * 2 ** 20;
/** How many handles of each kind are named. */
const NAMED = 10;

/** Counts the keys of a store that an export does not have. Both are in the same order. */
function createExtras(store: HandleStore, found: (key: HandleKey) => void) {
  let pages: AsyncIterator<readonly HandleKey[]> | undefined;
  let page: readonly HandleKey[] = [];
  let at = 0;
  return {
    begin(selected: readonly string[] | undefined) {
      pages = listPages(store, selected)[Symbol.asyncIterator]();
    },
    /** Goes on to the next key of the export, or to the end of the store. */
    async pass(next: HandleKey | undefined) {
      for (;;) {
        const key = page[at];
        if (key === undefined) {
          const more = await pages?.next();
          if (more === undefined || more.done === true) return;
          page = more.value;
          at = 0;
          continue;
        }
        const order = next === undefined ? -1 : compareKeys(key, next);
        if (order > 0) return;
        at++;
        if (order === 0) return;
        found(key);
      }
    },
  };
}

/**
 * Compares a store with an export, without changing either.
 *
 * @param onRecord called with the number of records so far
 * @throws HandleError if the export is damaged or was cut off
 */
export async function verifyExport(
  store: HandleStore,
  lines: AsyncIterable<string>,
  signal: AbortSignal,
  onRecord: (records: number) => void,
): Promise<Verification> {
  const reader = createExportReader({ sha256 });
  const counts = { same: 0, missing: 0, different: 0, extra: 0 };
  const handles = { missing: [] as HandleKey[], different: [] as HandleKey[], extra: [] as HandleKey[] };
  const count = (kind: keyof typeof handles, handle: HandleKey) => {
    if (counts[kind]++ < NAMED) handles[kind].push(handle);
  };
  const extras = createExtras(store, (key) => count("extra", key));
  let notHomed: readonly string[] = [];
  let records = 0;

  async function compare(items: readonly RecordItem[]): Promise<void> {
    signal.throwIfAborted();
    const stored = await Promise.all(items.map(({ handle }) => store.read(handle)));
    for (const [i, { handle, digest }] of items.entries()) {
      await extras.pass(handle);
      const values = stored[i]?.values;
      if (values === undefined) count("missing", handle);
      else if (sameBytes(await digestRecord({ handle, values }, sha256), digest)) counts.same++;
      else count("different", handle);
      onRecord(++records);
    }
  }

  let waiting: RecordItem[] = [];
  let length = 0;
  for await (const text of lines) {
    const item = await reader.push(text);
    if (item.kind === "header") extras.begin(item.selected);
    else if (item.kind === "manifest") {
      const homed = new Set(await store.prefixes());
      notHomed = item.prefixes.filter((prefix) => !homed.has(prefix));
    } else {
      waiting.push(item);
      length += text.length;
      if (waiting.length < CHUNK && length < CHUNK_LENGTH) continue;
      await compare(waiting);
      waiting = [];
      length = 0;
    }
  }
  reader.end();
  await compare(waiting);
  await extras.pass(undefined);
  return { ...counts, notHomed, handles };
}
