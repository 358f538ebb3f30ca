import {
  encodeValue,
  HandleError,
  type HandleValue,
  type HandleValueInput,
  isHandleError,
  VALUE_PERMISSIONS,
} from "@handlekit/core";
import type { CallHints, Query, ServerConnection } from "./connection.ts";
import { digestOf } from "./digest.ts";
import type { HandleRecord, ReadOptions } from "./types.ts";

/** A record with the tag its server gave it; only `hdl-server` gives one. */
export interface TaggedRecord extends HandleRecord {
  readonly etag?: string | undefined;
}

/** In ascending order; a server may give them in any. */
function byIndex(values: readonly HandleValue[]): readonly HandleValue[] {
  const ascending = values.every((value, i) => i === 0 || (values[i - 1]?.index ?? 0) <= value.index);
  return ascending ? values : values.toSorted((a, b) => a.index - b.index);
}

/** Reads a record; see `HandleClient.read`. */
export async function readRecord(
  connection: ServerConnection,
  handle: string,
  how: ReadOptions & CallHints = {},
  operation = "read",
): Promise<TaggedRecord> {
  const query: Query = [
    ...(how.indexes ?? []).map((index) => ["index", String(index)] as const),
    ...(how.types ?? []).map((type) => ["type", type] as const),
    ...(how.authoritative ? [["auth", "true"] as const] : []),
    ...(how.publicOnly ? [["publicOnly", "true"] as const] : []),
  ];
  const { signal, onBusy, authenticated: login = false } = how;
  const call = { operation, method: "GET", handle, query, login, signal, onBusy } as const;
  const found = await connection.send(call);
  return { handle, values: byIndex(found.values), etag: found.etag };
}

/** True for a value that everybody may read. */
export function isPublic(value: HandleValueInput): boolean {
  return (encodeValue(value).permissions & VALUE_PERMISSIONS.publicRead) !== 0;
}

/**
 * What a change has to know: every value, or, where this user may not read them all, the public ones.
 *
 * @param operation what it is read for, for errors
 */
export async function readForChange(
  connection: ServerConnection,
  handle: string,
  { signal, onBusy }: CallHints,
  operation = "read",
): Promise<TaggedRecord> {
  try {
    return await readRecord(connection, handle, { signal, onBusy, authenticated: true }, operation);
  } catch (error) {
    if (!isHandleError(error, "permission_denied")) throw error;
    return readRecord(connection, handle, { signal, onBusy }, operation);
  }
}

/**
 * Checks that a record is still the one a caller read: the digest of the values a login sees, or of the public ones.
 *
 * @throws HandleError `record_changed`
 */
export async function assertUnchanged({ handle, values }: HandleRecord, digest: string): Promise<void> {
  if ((await digestOf(values)) === digest) return;
  if ((await digestOf(values.filter(isPublic))) === digest) return;
  throw new HandleError("record_changed", {
    message: `${handle} is not what it was when it was read; nothing was changed.`,
    hint: "Read the whole record again and decide again; the digest is that of the values you can see.",
    handle,
  });
}
