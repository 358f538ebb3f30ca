import {
  encodeValues,
  foldCase,
  formatReference,
  HandleError,
  hasType,
  prefixOf,
  type ValueReference,
} from "@handlekit/core";
import type { HandleStore, RecordValues, StoredValue } from "@handlekit/core/store";
import { updateAudited } from "../control/update-audited.ts";
import { ADMIN_INDEX, keyValue, type UserKey, userAdmin } from "./records.ts";

const KEY_TYPES = ["HS_SECKEY", "HS_PUBKEY"] as const;

/** Returns true if a value authenticates a user. */
export function isKey({ type }: StoredValue): boolean {
  return KEY_TYPES.some((each) => hasType(type, each));
}

const isPrefixHandle = (handle: string) => foldCase(handle).startsWith("0.NA/");

/** Returns the prefix whose administrators look after a handle; a prefix handle, `0.NA/X`, belongs to X. */
export function prefixFor(handle: string): string {
  return isPrefixHandle(handle) ? handle.slice("0.NA/".length) : prefixOf(handle);
}

async function assertHomed(store: HandleStore, handle: string): Promise<void> {
  const prefix = prefixFor(handle);
  if ((await store.prefixes()).includes(foldCase(prefix))) return;
  throw new HandleError("prefix_not_served", {
    message: `The prefix ${prefix} is not homed here.`,
    hint: `Home it first: hdl-server prefix home DIRECTORY ${prefix} --admin 300:${prefix}/ADMIN`,
    handle,
  });
}

function freeIndex(values: RecordValues, taken: number): number {
  const used = new Set([taken, ...values.map(({ index }) => index)]);
  let index = ADMIN_INDEX;
  while (used.has(index)) index++;
  return index;
}

function withKey(before: RecordValues | undefined, identity: ValueReference, key: UserKey): RecordValues {
  const { handle, index } = identity;
  const values = before ?? [];
  const existing = values.find((value) => value.index === index);
  if (existing !== undefined) {
    throw new HandleError("value_exists", {
      message: `${handle} has a value at index ${index} already, of the type ${existing.type}; nothing was changed.`,
      hint: "Choose another index, such as 301:prefix/suffix; user password and user key replace a key, prefix home --admin makes an existing user an administrator.",
      handle,
    });
  }
  if (before === undefined && isPrefixHandle(handle)) {
    throw new HandleError("handle_not_found", {
      message: `The prefix handle ${handle} does not exist.`,
      hint: "Create it with hdl-server prefix home and its option --admin.",
      handle,
    });
  }
  const hasAdmin = values.some(({ type }) => hasType(type, "HS_ADMIN"));
  const admin = hasAdmin ? [] : [userAdmin(prefixFor(handle), freeIndex(values, index))];
  const added = encodeValues([...admin, keyValue(index, key)]);
  return [...values, ...added].sort((a, b) => a.index - b.index);
}

/**
 * Adds a key to the record of a user. Creates the record, with an HS_ADMIN for the administrators of its prefix, if it
 * does not exist.
 *
 * @throws HandleError `value_exists` if the index is in use; `prefix_not_served` if its prefix is not homed here;
 *   `handle_not_found` for a prefix handle that does not exist
 */
export async function addKey(store: HandleStore, identity: ValueReference, key: UserKey): Promise<void> {
  await assertHomed(store, identity.handle);
  await updateAudited(store, identity.handle, (record) => withKey(record?.values, identity, key));
}

/**
 * Replaces the key of a user by another one of the same kind.
 *
 * @throws HandleError `values_not_found` if there is no key of that kind at the index
 */
export async function replaceKey(store: HandleStore, identity: ValueReference, key: UserKey): Promise<void> {
  const { handle, index } = identity;
  const [next] = encodeValues([keyValue(index, key)]);
  await updateAudited(store, handle, (record) => {
    const existing = record?.values.find((value) => value.index === index);
    if (record === undefined || next === undefined || !existing || !hasType(existing.type, next.type)) {
      const found = existing === undefined ? "" : ` but one of the type ${existing.type}`;
      throw new HandleError("values_not_found", {
        message: `${formatReference(identity)} has no ${next?.type} value${found}; nothing was changed.`,
        hint: "Check the index. hdl-server user add adds a key, user password replaces an HS_SECKEY, user key an HS_PUBKEY.",
        handle,
      });
    }
    const { data, timestamp } = next;
    return record.values.map((value) => (value === existing ? { ...value, data, timestamp } : value));
  });
}

/**
 * Removes the key of a user, if there is one. Its record is kept.
 *
 * @returns whether there was a key, and the other keys of the handle
 */
export async function removeKey(
  store: HandleStore,
  { handle, index }: ValueReference,
): Promise<{ readonly isRemoved: boolean; readonly others: RecordValues }> {
  const isIt = (value: StoredValue) => value.index === index && isKey(value);
  const { before = [] } = await updateAudited(store, handle, (record) => {
    if (!record?.values.some(isIt)) return record?.values ?? null;
    return record.values.filter((value) => !isIt(value));
  });
  return {
    isRemoved: before.some(isIt),
    others: before.filter((value) => isKey(value) && !isIt(value)),
  };
}
