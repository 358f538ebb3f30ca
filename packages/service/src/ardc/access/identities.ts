import { foldCase, HandleError, handleKey, type Logger } from "@handlekit/core";
import { type HandleStore, type StateStore, updateRecord, updateState } from "@handlekit/core/store";
import { digest } from "../../identify/sessions.ts";
import type { HandleNumbers } from "../records/handle-numbers.ts";
import { appIdOf, ownerKeyOf, ownerRecord, withAppId } from "../records/values.ts";

/** The state of an identity, kept under the digest of its owner key. */
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

/** Owner handles that turn out to belong to somebody else. */
const MAX_TAKEN = 1000;

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
  await updateState<Identity>(state, entryKey(prefix, key), (identity) => ({
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

/** The parts that identities are made from. */
export interface IdentityParts {
  readonly state: StateStore;
  readonly store: HandleStore;
  readonly prefix: string;
  /** Any client may act as any identity. */
  readonly open: boolean;
  readonly numbers: HandleNumbers;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Logger | undefined;
}

/**
 * Owners by an index of their own: an identity's entry is written, with the number of its owner handle, before the
 * handle is; the first to come after a crash between the two creates the handle.
 */
export function createIdentities(parts: IdentityParts): Identities {
  const { state, store, prefix, open, numbers, now, log } = parts;

  /** Creates the owner handle if need be; false when the number belongs to another record. */
  const settle = async (handle: string, key: string, appId: string): Promise<boolean> => {
    const timestamp = Math.floor(now() / 1000);
    const { after } = await updateRecord(store, handleKey(handle), (record) => {
      if (record === undefined) return ownerRecord(prefix, { handle, key, appId }, timestamp);
      const { values } = record;
      if (ownerKeyOf(values) !== key || appIdOf(values) !== undefined) return values;
      return withAppId(values, appId, timestamp);
    });
    const values = after ?? [];
    if (ownerKeyOf(values) !== key) return false;
    const known = appIdOf(values);
    if (open && known !== appId) log?.warn("ARDC: APPID MISMATCH", { handle, appId, known });
    return true;
  };

  /** The identity with this App Id and a number; without this App Id when it may not act as it. */
  const claim = (appId: string, key: string, taken: number | undefined) =>
    updateState<Identity>(state, entryKey(prefix, key), async (identity) => {
      // The owner handle of an older service may name no App Id: the first one becomes its own.
      const appIds = identity === undefined || identity.appIds.length === 0 ? [appId] : identity.appIds;
      const mayAct = open || appIds.includes(appId);
      const isSettled = identity?.suffix !== undefined && identity.suffix !== taken;
      if (identity !== undefined && (!mayAct || (isSettled && appIds === identity.appIds))) return identity;
      return { ...identity, appIds, suffix: isSettled ? identity.suffix : await numbers.nextFree() };
    });

  return {
    async acquire(appId, key) {
      for (let round = 0, taken: number | undefined; round < MAX_TAKEN; round++) {
        const { appIds, suffix } = await claim(appId, key, taken);
        if (!open && !appIds.includes(appId)) {
          log?.warn("ARDC: refused to act as an identity of another App Id", { appId });
          return undefined;
        }
        const handle = `${prefix}/${suffix}`;
        if (await settle(handle, key, appId)) return handle;
        taken = suffix;
      }
      throw new HandleError("server_error", {
        message: `${MAX_TAKEN} numbers in a row belong to other handles.`,
      });
    },
  };
}
