import { checkArgument, foldCase, type HandleKey, type Logger, prefixOf } from "@handlekit/core";
import type { HandleStore, RecordValues, StateStore } from "@handlekit/core/store";
import { rememberOwner } from "../access/identities.ts";
import { appIdOf, ownerKeyOf, ownerOf } from "./values.ts";

const DIGITS = 16;
const NUMBER = /^(0|[1-9]\d{0,15})$/;

/** Pads a suffix, so that the keys of an index are in numeric order, with suffixes that are not numbers at the end. */
export function padded(suffix: string): string {
  return NUMBER.test(suffix) ? suffix.padStart(DIGITS, "0") : `~${suffix}`;
}

/** Returns the suffix that was passed to {@link padded}. */
export function unpadded(text: string): string {
  return text.startsWith("~") ? text.slice(1) : text.replace(/^0+(?=\d)/, "");
}

/** Returns the beginning of the index keys of all handles of an owner. */
export function ownerIndex(prefix: string, ownerHandle: string): string {
  return `ardc/owner/${foldCase(prefix)}/${foldCase(ownerHandle)}/`;
}

/** Returns the index keys of a record: one if it names its owner handle. */
export function indexKeys(prefix: string, key: HandleKey, values: RecordValues): ReadonlySet<string> {
  const owner = ownerOf(values);
  const suffix = padded(key.slice(prefixOf(key).length + 1));
  return new Set(owner === undefined ? [] : [ownerIndex(prefix, owner) + suffix]);
}

/**
 * Wraps a store, and keeps an index by owner of the records of one prefix. An index entry is written before
 * its record and removed after it, so that a crash in between leaves at most an entry too many; readers of the index
 * check the record.
 */
export function createIndexedStore(
  store: HandleStore,
  {
    state,
    prefix,
    log,
  }: { readonly state: StateStore; readonly prefix: string; readonly log: Logger | undefined },
): HandleStore {
  const beginning = `${foldCase(prefix)}/`;
  const write = (key: string) => state.put(key, "", "any");

  /** Removes entries, and restores those that a concurrent change needs. */
  const settle = async (
    key: HandleKey,
    kept: Iterable<string>,
    removed: readonly string[],
  ): Promise<void> => {
    await Promise.all(removed.map((each) => state.delete(each)));
    const record = removed.length === 0 ? undefined : await store.read(key);
    const present = indexKeys(prefix, key, record?.values ?? []);
    const needed = [...kept, ...removed.filter((each) => present.has(each))];
    const missing = await Promise.all(needed.map(async (each) => (await state.get(each)) === undefined));
    await Promise.all(needed.filter((_, i) => missing[i]).map(write));
  };

  return {
    read: (key) => store.read(key),
    async commit(key, expected, next, audit) {
      if (!key.startsWith(beginning)) return store.commit(key, expected, next, audit);
      const before = expected === "absent" ? undefined : await store.read(key);
      const old = indexKeys(prefix, key, before?.values ?? []);
      const now = indexKeys(prefix, key, next ?? []);
      await Promise.all([...now].filter((each) => !old.has(each)).map(write));
      const outcome = await store.commit(key, expected, next, audit);
      if (outcome === "conflict") return outcome;
      try {
        await settle(
          key,
          now,
          [...old].filter((each) => !now.has(each)),
        );
      } catch (error) {
        log?.error("ARDC: an index entry was left behind", { handle: key, error });
      }
      return outcome;
    },
    list: (under, after, limit) => store.list(under, after, limit),
    prefixes: () => store.prefixes(),
    home: (name) => store.home(name),
    unhome: (name) => store.unhome(name),
    close: () => store.close(),
    find: store.find?.bind(store),
    changes: store.changes?.bind(store),
    audit: store.audit,
  };
}

const PAGE = 500;

/** The entry that says that the records of a prefix are indexed. */
const markOf = (prefix: string) => `ardc/indexed/${foldCase(prefix)}`;

/**
 * Has the records of an ARDC prefix indexed again, at the first request to `/pids` after the next start. Call it after
 * records were written to the store directly, such as by an import; `listHandles` lacks them until then.
 *
 * @param prefix the prefix under which the service mints, such as `10378.1`
 */
export async function forgetArdcIndex(state: StateStore, prefix: string): Promise<void> {
  checkArgument("forgetArdcIndex", "state", state, ["object"]);
  checkArgument("forgetArdcIndex", "prefix", prefix, ["string"]);
  await state.delete(markOf(prefix));
}

/**
 * Indexes the existing records of a prefix by owner, and stores the identities of existing owner handles. It
 * runs once for a prefix; running it again changes nothing.
 */
export async function indexExisting({
  store,
  state,
  prefix,
  log,
}: {
  readonly store: HandleStore;
  readonly state: StateStore;
  readonly prefix: string;
  readonly log: Logger | undefined;
}): Promise<void> {
  const mark = markOf(prefix);
  if ((await state.get(mark)) !== undefined) return;
  let count = 0;
  for (let after: HandleKey | undefined; ; ) {
    const keys = await store.list(foldCase(prefix), after, PAGE);
    const records = await Promise.all(keys.map((key) => store.read(key)));
    const entries = keys.flatMap((key, i) => [...indexKeys(prefix, key, records[i]?.values ?? [])]);
    // At the same time, so that they share the syncs of the store.
    await Promise.all(entries.map((each) => state.put(each, "", "any")));
    for (const [i, key] of keys.entries()) {
      const values = records[i]?.values ?? [];
      const owner = ownerKeyOf(values);
      const suffix = Number(key.slice(key.indexOf("/") + 1));
      if (owner !== undefined && Number.isSafeInteger(suffix) && suffix > 0)
        await rememberOwner(state, prefix, { key: owner, suffix, appId: appIdOf(values) });
    }
    count += keys.length;
    after = keys.at(-1);
    if (after === undefined) break;
  }
  await state.put(mark, "", "any");
  if (count > 0) log?.info("ARDC: indexed the existing records", { prefix, records: count });
}
