import {
  decodeAdmin,
  decodeValueList,
  encodeValueList,
  formatReference,
  HandleError,
  handleKey,
  hasType,
  isHandleError,
  matchesReference,
  prefixHandle,
  sameHandle,
  type ValueReference,
} from "@handlekit/core";
import type { HandleStore, RecordValues, StoredValue } from "@handlekit/core/store";
import { updateAudited } from "../control/update-audited.ts";
import { LIST_INDEX, prefixRecord } from "./records.ts";
import { isKey } from "./user-keys.ts";

/** Decodes data. Returns undefined if they are malformed. */
function decoded<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): T | undefined {
  try {
    return decode(bytes);
  } catch (error) {
    if (isHandleError(error, "invalid_value")) return undefined;
    throw error;
  }
}

const isList = ({ type }: StoredValue) => hasType(type, "HS_VLIST");
const now = () => Math.floor(Date.now() / 1000);

/** Returns a list with other entries. */
function withEntries(list: StoredValue, entries: readonly ValueReference[]): StoredValue {
  return { ...list, data: encodeValueList(entries), timestamp: now() };
}

function assertList(values: RecordValues | undefined, handle: string): StoredValue {
  const list = values?.find((value) => value.index === LIST_INDEX && isList(value));
  if (list !== undefined && decoded(decodeValueList, list.data)) return list;
  const exists = values !== undefined;
  throw new HandleError(exists ? "values_not_found" : "handle_not_found", {
    message: exists
      ? `The prefix handle ${handle} has no list of administrators: its value ${LIST_INDEX} is no HS_VLIST.`
      : `The prefix handle ${handle} does not exist, so nobody can be its administrator.`,
    hint: exists
      ? `Make ${LIST_INDEX} an HS_VLIST, and name it in its HS_ADMIN.`
      : "Create it with hdl-server prefix home and its option --admin.",
    handle,
  });
}

/**
 * Checks that a prefix handle has a list of administrators, to which one can be added.
 *
 * @throws HandleError `handle_not_found`, `values_not_found`
 */
export async function assertAdministered(store: HandleStore, prefix: string): Promise<void> {
  const handle = prefixHandle(prefix);
  assertList((await store.read(handleKey(handle)))?.values, handle);
}

/**
 * Makes an identity an administrator of a prefix: adds it to the HS_VLIST of the prefix handle, which is created if it
 * does not exist.
 *
 * @returns whether the prefix handle was `created`, the identity was `added`, or it was there (`kept`)
 * @throws HandleError `values_not_found` if the prefix handle has no such list
 */
export async function addAdministrator(
  store: HandleStore,
  prefix: string,
  identity: ValueReference,
): Promise<"created" | "added" | "kept"> {
  const handle = prefixHandle(prefix);
  const { before, after } = await updateAudited(store, handle, (record) => {
    if (record === undefined) return prefixRecord(prefix, [identity]);
    const list = assertList(record.values, handle);
    const entries = decodeValueList(list.data);
    if (entries.some((entry) => matchesReference(entry, identity))) return record.values;
    return record.values.map((value) => (value === list ? withEntries(list, [...entries, identity]) : value));
  });
  if (before === undefined) return "created";
  return before === after ? "kept" : "added";
}

/**
 * Removes an identity from the lists of a prefix handle.
 *
 * @returns how many administrators the lists still have, or undefined if none named the identity
 */
async function removeFromLists(
  store: HandleStore,
  prefix: string,
  { handle, index }: ValueReference,
): Promise<number | undefined> {
  let left = 0;
  const { before, after } = await updateAudited(store, prefixHandle(prefix), (record) => {
    if (record === undefined) return null;
    left = 0;
    let isChanged = false;
    const values = record.values.map((value) => {
      const entries = isList(value) ? decoded(decodeValueList, value.data) : undefined;
      if (entries === undefined) return value;
      const kept = entries.filter((entry) => entry.index !== index || !sameHandle(entry.handle, handle));
      left += kept.length;
      if (kept.length === entries.length) return value;
      isChanged = true;
      return withEntries(value, kept);
    });
    return isChanged ? values : record.values;
  });
  return before === (after ?? undefined) ? undefined : left;
}

/**
 * Removes an identity from the lists of all homed prefixes.
 *
 * @returns the prefixes that named it, with the number of administrators that are left
 */
export async function removeAdministrator(
  store: HandleStore,
  identity: ValueReference,
): Promise<readonly { readonly prefix: string; readonly left: number }[]> {
  const found: { prefix: string; left: number }[] = [];
  for (const prefix of await store.prefixes()) {
    const left = await removeFromLists(store, prefix, identity);
    if (left !== undefined) found.push({ prefix, left });
  }
  return found;
}

/** An identity that is named as an administrator of a prefix. */
export interface Administrator {
  readonly prefix: string;
  readonly identity: ValueReference;
  /** The types of its key values; empty if it has none here. */
  readonly keys: readonly string[];
}

/** Resolves to the types of the key values with which an identity can log in here. */
export async function keysOf(
  store: HandleStore,
  { handle, index }: ValueReference,
): Promise<readonly string[]> {
  const values = (await store.read(handleKey(handle)))?.values ?? [];
  return values
    .filter((value) => (index === 0 || value.index === index) && isKey(value))
    .map(({ type }) => type);
}

/** Lists those whom the HS_ADMIN and HS_VLIST values of the prefix handle of a prefix name. */
export async function listAdministrators(
  store: HandleStore,
  prefix: string,
): Promise<readonly Administrator[]> {
  const handle = prefixHandle(prefix);
  const values = (await store.read(handleKey(handle)))?.values ?? [];
  const named = values.flatMap((value) => {
    if (isList(value)) return decoded(decodeValueList, value.data) ?? [];
    const admin = hasType(value.type, "HS_ADMIN") ? decoded(decodeAdmin, value.data) : undefined;
    // A list of the same record, whose entries are here anyway.
    const isOwn = values.some((each) => isList(each) && each.index === admin?.index);
    return admin === undefined || (isOwn && sameHandle(admin.handle, handle)) ? [] : [admin];
  });
  const each = new Map(named.map((identity) => [formatReference(identity), identity]));
  return Promise.all(
    [...each.values()].map(async (identity) => ({ prefix, identity, keys: await keysOf(store, identity) })),
  );
}
