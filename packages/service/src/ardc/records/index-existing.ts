import { foldCase, type HandleKey, type Logger } from "@handlekit/core";
import type { HandleStore, StateStore } from "@handlekit/core/store";
import { rememberOwner } from "../access/identities.ts";
import { indexKeys } from "./index-keys.ts";
import { appIdOf, ownerKeyOf } from "./values.ts";

const PAGE = 500;

/**
 * Indexes the records that a prefix had before the ARDC service was first switched on, by value and owner, and remembers
 * whose owner handles there are. Done once for a prefix; done again, it changes nothing.
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
  const mark = `ardc/indexed/${foldCase(prefix)}`;
  if ((await state.get(mark)) !== undefined) return;
  let count = 0;
  for (let after: HandleKey | undefined; ; ) {
    const keys = await store.list(foldCase(prefix), after, PAGE);
    for (const key of keys) {
      const { values = [] } = (await store.read(key)) ?? {};
      for (const each of indexKeys(prefix, key, values)) await state.put(each, "", "any");
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
  if (count > 0) log?.info("ARDC: indexed the records that were there", { prefix, records: count });
}
