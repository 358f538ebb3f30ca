import { foldCase, HandleError, handleKey, type Logger } from "@handlekit/core";
import type { HandleStore, StateStore } from "@handlekit/core/store";
import { digest } from "../../sessions/sessions.ts";
import { editState } from "../edit-state.ts";
import { appIdOf, ownerKeyOf, ownerRecord, withAppId } from "../records/values.ts";

/** What is kept of an identity, under the digest of its owner key. */
interface Identity {
  /** Who may act as it: who did so first, and who was granted it. */
  readonly appIds: readonly string[];
  /** Of its owner handle; absent until somebody acts as it. */
  readonly suffix?: number;
}

/** The owners of handles. */
export interface Identities {
  /**
   * The owner handle of an identity, made when there is none.
   *
   * @param key of the owner, `identifier####authDomain`
   * @returns undefined when this App Id may not act as it
   */
  acquire(appId: string, key: string): Promise<string | undefined>;
}

const MAX_ROUNDS = 50;

/** `identifier####authDomain`, as it stands in an owner handle. */
export function ownerKey(identifier: string, authDomain: string): string {
  return `${identifier}####${authDomain}`;
}

function entryKey(prefix: string, key: string): string {
  return `ardc/identity/${foldCase(prefix)}/${digest(key)}`;
}

/**
 * Lets an App Id act as an identity that another one made, or that nobody has made yet.
 *
 * @param state what the service keeps its clients in
 * @param prefix of the handles
 * @example
 * ```ts
 * await grantArdcIdentity(state, "10378.1", { appId, identifier: "ExampleUser", authDomain: "example.org" });
 * ```
 */
export async function grantArdcIdentity(
  state: StateStore,
  prefix: string,
  to: { readonly appId: string; readonly identifier: string; readonly authDomain: string },
): Promise<void> {
  const key = ownerKey(to.identifier, to.authDomain);
  await editState<Identity>(state, entryKey(prefix, key), (identity) => ({
    ...identity,
    appIds: [...new Set([...(identity?.appIds ?? []), to.appId])],
  }));
}

/** Remembers an owner handle that was there before, unless its identity is known. */
export async function rememberOwner(
  state: StateStore,
  prefix: string,
  owner: { readonly key: string; readonly suffix: number; readonly appId: string | undefined },
): Promise<void> {
  const { key, suffix, appId } = owner;
  const identity: Identity = { appIds: appId === undefined ? [] : [appId], suffix };
  await state.put(entryKey(prefix, key), JSON.stringify(identity), "absent");
}

/** What identities are kept with. */
export interface IdentityParts {
  readonly state: StateStore;
  readonly store: HandleStore;
  readonly prefix: string;
  /** Any client may act as any identity. */
  readonly open: boolean;
  readonly nextSuffix: () => Promise<number>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Logger | undefined;
}

/**
 * Owners by an index of their own: an identity's entry is written, with the number of its owner handle, before the
 * handle is; whoever comes first after a crash between the two makes the handle.
 */
export function createIdentities(parts: IdentityParts): Identities {
  const { state, store, prefix, open, nextSuffix, now, log } = parts;

  /** Makes the owner handle if need be; false when the number belongs to another record. */
  const settle = async (handle: string, key: string, appId: string): Promise<boolean> => {
    const record = await store.read(handleKey(handle));
    const timestamp = Math.floor(now() / 1000);
    if (record === undefined) {
      const values = ownerRecord(prefix, { handle, key, appId }, timestamp);
      const outcome = await store.commit(handleKey(handle), "absent", values);
      return outcome === "done" || settle(handle, key, appId);
    }
    if (ownerKeyOf(record.values) !== key) return false;
    const known = appIdOf(record.values);
    if (known === undefined) {
      await store.commit(handleKey(handle), record.revision, withAppId(record.values, appId, timestamp));
    } else if (open && known !== appId) log?.warn("ARDC: APPID MISMATCH", { handle, appId, known });
    return true;
  };

  return {
    async acquire(appId, key) {
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const entry = await state.get(entryKey(prefix, key));
        const found = entry && (JSON.parse(entry.value) as Identity);
        // The owner handle of an older service may name no App Id: the first one becomes its own.
        const claimed = found === undefined || found.appIds.length === 0;
        const identity: Identity = claimed ? { ...found, appIds: [appId] } : found;
        if (!open && !identity.appIds.includes(appId)) {
          log?.warn("ARDC: refused to act as an identity of another App Id", { appId });
          return undefined;
        }
        if (identity.suffix !== undefined) {
          const handle = `${prefix}/${identity.suffix}`;
          const kept = JSON.stringify(identity);
          if (
            claimed &&
            (await state.put(entryKey(prefix, key), kept, entry?.revision ?? "absent")) !== "done"
          )
            continue;
          if (await settle(handle, key, appId)) return handle;
        }
        const next = JSON.stringify({ ...identity, suffix: await nextSuffix() });
        await state.put(entryKey(prefix, key), next, entry?.revision ?? "absent");
      }
      throw new HandleError("server_busy", { message: "The owner handle is being changed by others." });
    },
  };
}
