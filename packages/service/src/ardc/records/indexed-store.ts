import { foldCase, type HandleKey, type Logger } from "@handlekit/core";
import type { HandleStore, StateStore } from "@handlekit/core/store";
import { indexKeys } from "./index-keys.ts";

/**
 * A store whose records of one prefix are found by value and by owner, too. An index entry is written before its record
 * and removed after, so that a crash between the two leaves at most an entry too many; who reads the index looks into
 * the record.
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

  /** Removes entries, and puts right what another change at the same time removed, or may need. */
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
    async commit(key, expected, next) {
      if (!key.startsWith(beginning)) return store.commit(key, expected, next);
      const before = expected === "absent" ? undefined : await store.read(key);
      const old = indexKeys(prefix, key, before?.values ?? []);
      const now = indexKeys(prefix, key, next ?? []);
      await Promise.all([...now].filter((each) => !old.has(each)).map(write));
      const outcome = await store.commit(key, expected, next);
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
  };
}
