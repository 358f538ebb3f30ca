import type { HandleClient } from "@handlekit/client";
import {
  formatReference,
  HandleError,
  type HandleValue,
  handleKey,
  hasType,
  isHandleError,
  matchesReference,
  parseHandle,
  prefixHandle,
  type ValueReference,
} from "@handlekit/core";
import { readSeen } from "./key-value.ts";

/** A list of administrators (HS_VLIST). */
export interface AdminList {
  readonly reference: ValueReference;
  readonly value: HandleValue;
  readonly members: readonly ValueReference[];
  readonly digest: string;
}

/** The place of the permission to add handles in the text of the permissions of HS_ADMIN. */
const ADD_HANDLE = 11;
const TRIES = 5;
const NO_LIST =
  "--list INDEX:HANDLE names the list that the user is added to; --no-list creates the user without it.";

async function readList(
  client: HandleClient,
  reference: ValueReference,
  signal: AbortSignal,
): Promise<AdminList | undefined> {
  const record = await readSeen(client, reference.handle, signal).catch((error: unknown) => {
    if (isHandleError(error, "prefix_not_served")) return undefined;
    throw error;
  });
  const value = record?.values.find(
    ({ type, index }) => index === reference.index && hasType(type, "HS_VLIST"),
  );
  if (record === undefined || value?.data.format !== "vlist") return undefined;
  return { reference, value, members: value.data.value, digest: record.digest };
}

/** Returns what the HS_ADMIN values of a prefix handle that allow to add handles name, each once. */
async function administratorsOf(
  client: HandleClient,
  handle: string,
  signal: AbortSignal,
): Promise<readonly ValueReference[]> {
  const record = await readSeen(client, handle, signal);
  const admins = (record?.values ?? []).flatMap(({ data }) => (data.format === "admin" ? [data.value] : []));
  const named = admins.filter(({ permissions }) => permissions[ADD_HANDLE] === "1");
  const byName = new Map(
    named.map(({ handle, index }) => [`${index}:${handleKey(handle)}`, { handle, index }]),
  );
  return [...byName.values()];
}

export const isMember = ({ members }: AdminList, identity: ValueReference): boolean =>
  members.some((member) => matchesReference(member, identity));

/**
 * Finds the list of the administrators of the prefix of a user.
 *
 * @param chosen the list that the caller names; else the HS_ADMIN values of the prefix handle decide
 * @throws HandleError `values_not_found` if there is no such value, `invalid_options` if there are several
 */
export async function findAdminList(
  client: HandleClient,
  identity: ValueReference,
  how: { readonly chosen: ValueReference | undefined; readonly signal: AbortSignal },
): Promise<AdminList> {
  const { chosen, signal } = how;
  const { prefix } = parseHandle(identity.handle);
  // Users whose handle is a prefix handle are common with Handle.Net; its administrators are their own.
  const handle = /^0\.na$/i.test(prefix) ? identity.handle : prefixHandle(prefix);
  const named = chosen ? [chosen] : await administratorsOf(client, handle, signal);
  const found = await Promise.all(named.map((reference) => readList(client, reference, signal)));
  const lists = found.filter((list) => list !== undefined);
  const [first, second] = lists;
  const names = (references: readonly ValueReference[]) => references.map(formatReference).join(", ");
  if (first === undefined) {
    const what = chosen
      ? `${formatReference(chosen)} is not a list of administrators (HS_VLIST) that this server has.`
      : named.length === 0
        ? `${handle} has no administrators (HS_ADMIN) who may add handles, or this login does not see them.`
        : `The administrators of ${handle} (HS_ADMIN) are ${names(named)}, and none of them is a list (HS_VLIST) that this server has.`;
    throw new HandleError("values_not_found", { message: what, hint: NO_LIST, handle });
  }
  const own = lists.find((list) => isMember(list, identity));
  if (second === undefined || own) return own ?? first;
  throw new HandleError("invalid_options", {
    message: `The administrators of ${handle} are several lists: ${names(lists.map(({ reference }) => reference))}.`,
    hint: NO_LIST,
    handle,
  });
}

/** Adds a user to a list; others may change the list at the same time. */
export async function addMember(
  client: HandleClient,
  list: AdminList,
  identity: ValueReference,
  signal: AbortSignal,
): Promise<AdminList> {
  let present: AdminList | undefined = list;
  for (let tries = 1; present !== undefined; tries++) {
    if (isMember(present, identity)) return present;
    const members = [...present.members, identity];
    const { index, type } = present.value;
    try {
      const values = [{ index, type, data: { format: "vlist" as const, value: members } }];
      await client.modify(present.reference.handle, values, { ifUnchanged: present.digest, signal });
      return { ...present, members };
    } catch (error) {
      if (!isHandleError(error, "record_changed") || tries === TRIES) throw error;
    }
    present = await readList(client, list.reference, signal);
  }
  throw new HandleError("values_not_found", {
    message: `The list ${formatReference(list.reference)} was deleted meanwhile.`,
    handle: list.reference.handle,
  });
}
