import { checkArgument, checkOptions, foldCase, HandleError, handleKey, type Logger } from "@handlekit/core";
import { type HandleStore, type StateStore, updateRecord, updateState } from "@handlekit/core/store";
import { digest } from "../../identify/stored-session.ts";
import { auditChange } from "../../operations/audit-change.ts";
import type { Login } from "../../operations/context.ts";
import { shownAppId } from "../answer.ts";
import type { HandleNumbers } from "../records/handle-numbers.ts";
import { appIdOf, ownerKeyOf, ownerRecord, withAppId } from "../records/values.ts";

/** An identity in the state store, under the digest of its owner key. */
interface Identity {
  /** The App Ids that may act as it: the first that did, and those that it was granted to. */
  readonly appIds: readonly string[];
  /** The suffix of its owner handle; absent until a client acts as it. */
  readonly suffix?: number | undefined;
}

/** The owners of handles. */
export interface Identities {
  /**
   * Resolves to the owner handle of an identity, which is created if there is none.
   *
   * @param key the key of the owner, `identifier####authDomain`
   * @param login for the audit
   * @returns undefined if this App Id may not act as the identity
   */
  acquire(appId: string, key: string, login: Login): Promise<string | undefined>;
}

/** The maximum number of owner handles that turn out to belong to another identity. */
const MAX_TAKEN = 1000;

/** Returns `identifier####authDomain`, the key in an owner handle. */
export function ownerKey(identifier: string, authDomain: string): string {
  return `${identifier}####${authDomain}`;
}

function entryKey(prefix: string, key: string): string {
  return `ardc/identity/${foldCase(prefix)}/${digest(key)}`;
}

/**
 * Allows an App Id to act as an identity that another App Id created, or that does not exist yet.
 *
 * @param state the state store of the service
 * @param prefix the prefix of the service
 * @param to the App Id and the identity
 * @throws HandleError `invalid_options` for an argument of the wrong type
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
  checkArgument("grantArdcIdentity", "state", state, ["object"]);
  checkArgument("grantArdcIdentity", "prefix", prefix, ["string"]);
  checkOptions("grantArdcIdentity", to, {
    appId: ["string"],
    identifier: ["string"],
    authDomain: ["string"],
  });
  const key = ownerKey(to.identifier, to.authDomain);
  await updateState<Identity>(state, entryKey(prefix, key), (identity) => ({
    ...identity,
    appIds: [...new Set([...(identity?.appIds ?? []), to.appId])],
  }));
}

/** Stores an existing owner handle, unless its identity is already known. */
export async function rememberOwner(
  state: StateStore,
  prefix: string,
  owner: { readonly key: string; readonly suffix: number; readonly appId: string | undefined },
): Promise<void> {
  const { key, suffix, appId } = owner;
  const identity: Identity = { appIds: appId === undefined ? [] : [appId], suffix };
  await state.put(entryKey(prefix, key), JSON.stringify(identity), "absent");
}

/** Options of {@link createIdentities}. */
export interface IdentityParts {
  readonly state: StateStore;
  readonly store: HandleStore;
  readonly prefix: string;
  /** Whether any client may act as any identity. */
  readonly open: boolean;
  readonly numbers: HandleNumbers;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Logger | undefined;
}

/**
 * Creates the owners of a service, with an index in the state store: the entry of an identity, with the number of its
 * owner handle, is written before the handle. After a crash between the two, the next request creates the handle.
 */
export function createIdentities(parts: IdentityParts): Identities {
  const { state, store, prefix, open, numbers, now, log } = parts;

  /** Creates the owner handle unless it exists. Resolves to false if the number belongs to another record. */
  const settle = async (handle: string, key: string, appId: string, login: Login): Promise<boolean> => {
    const timestamp = Math.floor(now() / 1000);
    const { after } = await updateRecord(
      store,
      handleKey(handle),
      (record) => {
        if (record === undefined) return ownerRecord(prefix, { handle, key, appId }, timestamp);
        const { values } = record;
        if (ownerKeyOf(values) !== key || appIdOf(values) !== undefined) return values;
        return withAppId(values, appId, timestamp);
      },
      auditChange({ store, now }, handle, { login }),
    );
    const values = after ?? [];
    if (ownerKeyOf(values) !== key) return false;
    const known = appIdOf(values);
    if (open && known !== appId) {
      const shown = { appId: shownAppId(appId), known: known && shownAppId(known) };
      log?.warn("ARDC: APPID MISMATCH", { handle, ...shown });
    }
    return true;
  };

  /** Adds the App Id and a number to an identity; returns it unchanged if the App Id may not act as it. */
  const claim = (appId: string, key: string, taken: number | undefined) =>
    updateState<Identity>(state, entryKey(prefix, key), async (identity) => {
      // The owner handle of an older service may have no App Id: it then belongs to the first one.
      const appIds = identity === undefined || identity.appIds.length === 0 ? [appId] : identity.appIds;
      const mayAct = open || appIds.includes(appId);
      const isSettled = identity?.suffix !== undefined && identity.suffix !== taken;
      if (identity !== undefined && (!mayAct || (isSettled && appIds === identity.appIds))) return identity;
      return { ...identity, appIds, suffix: isSettled ? identity.suffix : await numbers.nextFree() };
    });

  return {
    async acquire(appId, key, login) {
      for (let round = 0, taken: number | undefined; round < MAX_TAKEN; round++) {
        const { appIds, suffix } = await claim(appId, key, taken);
        if (!open && !appIds.includes(appId)) return undefined;
        const handle = `${prefix}/${suffix}`;
        if (await settle(handle, key, appId, login)) return handle;
        taken = suffix;
      }
      throw new HandleError("server_error", {
        message: `${MAX_TAKEN} numbers in a row belong to other handles.`,
      });
    },
  };
}
