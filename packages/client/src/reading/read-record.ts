import {
  checkArgument,
  encodeValue,
  foldCase,
  HandleError,
  type HandleValue,
  type HandleValueInput,
  hasType,
  isHandleError,
  normalizeHandle,
  VALUE_PERMISSIONS,
} from "@handlekit/core";
import { checkCallOptions, checkItems, FLAG, LIST } from "../check-call.ts";
import type { CallHints, CallOptions, Connection, Query } from "../connection/connection.ts";
import { digestOf } from "./digest.ts";

/** Options of reading a value. */
export interface ReadValueOptions extends CallOptions {
  /** Ask the primary server, bypassing any cache. Default false. */
  readonly authoritative?: boolean | undefined;
  /** Log in, to see values that are not public. Default false: reading requires no rights, and no secret is sent. */
  readonly authenticated?: boolean | undefined;
  /** Only public values, also with a login. Default false. */
  readonly publicOnly?: boolean | undefined;
}

/** Options of reading. */
export interface ReadOptions extends ReadValueOptions {
  /** Only these indexes; together with `types`, values that match either. */
  readonly indexes?: readonly number[] | undefined;
  /** Only these types, in any case; `T.` stands for T and its subtypes. */
  readonly types?: readonly string[] | undefined;
}

/** A record that was read. */
export interface HandleRecord {
  readonly handle: string;
  /** By ascending index. */
  readonly values: readonly HandleValue[];
  /** Problems with values whose data have no known format, or that were left out. Absent if there are none. */
  readonly warnings?: readonly string[] | undefined;
}

/** A record with its ETag, if the server gave one, as `hdl-server` does. */
export interface TaggedRecord extends HandleRecord {
  readonly etag?: string | undefined;
}

const READ_RULES = {
  indexes: LIST,
  types: LIST,
  authoritative: FLAG,
  authenticated: FLAG,
  publicOnly: FLAG,
} as const;

/** @throws HandleError `invalid_options` */
export function checkReadOptions(caller: string, options: ReadOptions): void {
  checkCallOptions(caller, options, READ_RULES);
  checkItems(caller, "the option indexes", options.indexes, ["number"]);
  checkItems(caller, "the option types", options.types, ["string"]);
}

/** Returns values in ascending order; a server may send them in any. */
function byIndex(values: readonly HandleValue[]): readonly HandleValue[] {
  const ascending = values.every((value, i) => i === 0 || (values[i - 1]?.index ?? 0) <= value.index);
  return ascending ? values : values.toSorted((a, b) => a.index - b.index);
}

/** Returns the values that were asked for: some services give the whole record, whatever the query says. */
function asked(
  values: readonly HandleValue[],
  { indexes = [], types = [] }: ReadOptions,
): readonly HandleValue[] {
  if (indexes.length + types.length === 0) return values;
  const isOf = (type: string, name: string) =>
    name.endsWith(".") ? hasType(type, name.slice(0, -1)) : foldCase(type) === foldCase(name);
  return values.filter(
    ({ index, type }) => indexes.includes(index) || types.some((name) => isOf(type, name)),
  );
}

/** Reads a record that may be changed afterwards. */
export async function readTagged(
  connection: Connection,
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
  const { values, warnings, etag } = found;
  return { handle, values: byIndex(asked(values, how)), ...(warnings.length > 0 && { warnings }), etag };
}

/** Reads a record; see `HandleClient.read`. */
export async function readRecord(
  connection: Connection,
  text: string,
  options: ReadOptions = {},
  caller = "read",
): Promise<HandleRecord> {
  checkArgument(caller, "handle", text, ["string"]);
  checkReadOptions(caller, options);
  const { etag: _, ...record } = await readTagged(connection, normalizeHandle(text), options);
  return record;
}

/** Returns true for a value that everybody may read, or whose permissions cannot be understood. */
export function isPublic({ permissions }: HandleValueInput): boolean {
  try {
    const { permissions: bits } = encodeValue({ index: 1, type: "", data: "", permissions });
    return (bits & VALUE_PERMISSIONS.publicRead) !== 0;
  } catch (error) {
    if (isHandleError(error, "invalid_value")) return true;
    throw error;
  }
}

/**
 * Reads a record with the login, or, if the user may not read all of its values, its public values.
 *
 * @param operation the purpose, for errors
 */
export async function readForChange(
  connection: Connection,
  handle: string,
  { signal, onBusy }: CallHints = {},
  operation = "read",
): Promise<TaggedRecord> {
  try {
    return await readTagged(connection, handle, { signal, onBusy, authenticated: true }, operation);
  } catch (error) {
    if (!isHandleError(error, "permission_denied")) throw error;
    return readTagged(connection, handle, { signal, onBusy }, operation);
  }
}

/** Reads a record as {@link readForChange} does; undefined if there is no such handle. */
export async function readExisting(
  connection: Connection,
  handle: string,
  how: CallHints,
): Promise<TaggedRecord | undefined> {
  try {
    return await readForChange(connection, handle, how);
  } catch (error) {
    if (isHandleError(error, "handle_not_found")) return undefined;
    throw error;
  }
}

/**
 * Checks that a record is the one that a caller read: its digest must be that of the values that the login sees, or of
 * the public ones.
 *
 * @throws HandleError `record_changed`
 */
export async function assertUnchanged({ handle, values }: HandleRecord, digest: string): Promise<void> {
  if ((await digestOf(values)) === digest) return;
  if ((await digestOf(values.filter(isPublic))) === digest) return;
  throw new HandleError("record_changed", {
    message: `${handle} has changed since it was read; nothing was written.`,
    hint: "Read the whole record again and decide again. The digest is that of all values that you can see.",
    handle,
  });
}
