import { checkArgument, HandleError, isHandleError, normalizeHandle } from "@handlekit/core";
import { checkItems, FLAG } from "../check-call.ts";
import type { Connection } from "../connection/connection.ts";
import type { SuccessAnswer } from "../connection/response.ts";
import type { ClientContext } from "../context.ts";
import { assertUnchanged, readExisting, readForChange, type TaggedRecord } from "../reading/read-record.ts";
import { asWritten, type Change, createChange } from "./change.ts";
import { noSuchValue } from "./plan-change.ts";
import { settleByAbsence } from "./settle.ts";
import {
  assertAdminUntouched,
  type BulkHints,
  checkWrite,
  indexQuery,
  type WriteOptions,
} from "./write-options.ts";

/** Options of deleting values. */
export interface DeleteValuesOptions extends WriteOptions {
  /** Ignores types that the record does not have. Default false: they are an error. */
  readonly ignoreMissing?: boolean | undefined;
}

/** Options of deleting a handle. */
export type DeleteOptions = WriteOptions;

/** Sends the deletion of values, or of a handle, and settles it. */
export function sendDelete(
  connection: Connection,
  handle: string,
  indexes: readonly number[] | "all",
  how: WriteOptions & BulkHints,
  ifMatch: string | undefined,
): Promise<SuccessAnswer> {
  return connection.send({
    operation: indexes === "all" ? "delete" : "delete values of",
    method: "DELETE",
    handle,
    query: indexes === "all" ? [] : indexQuery(indexes),
    login: true,
    repeatable: how.ifUnchanged === undefined,
    ifMatch,
    signal: how.signal,
    maybeDone: how.maybeDone,
    onBusy: how.onBusy,
    settle: settleByAbsence(connection, handle, indexes, how),
  });
}

async function remove(
  { connection }: ClientContext,
  record: TaggedRecord,
  indexes: readonly number[] | "all",
  how: WriteOptions & BulkHints,
): Promise<Change> {
  const { handle, values: before } = record;
  const { ifUnchanged } = how;
  if (ifUnchanged !== undefined) await assertUnchanged(record, ifUnchanged);
  const after = indexes === "all" ? [] : before.filter((value) => !indexes.includes(value.index));
  const planned = createChange({ handle, created: false, written: false, before, after }, indexes === "all");
  if (how.dryRun) return planned;
  const tag = ifUnchanged === undefined ? undefined : record.etag;
  const done = await sendDelete(connection, handle, indexes, how, tag);
  return asWritten(planned, handle, done.responseCode);
}

/** Deletes values; see `HandleClient.deleteValues`. */
export async function deleteValues(
  context: ClientContext,
  text: string,
  which: readonly (string | number)[],
  how: DeleteValuesOptions & BulkHints = {},
): Promise<Change> {
  checkWrite("deleteValues", text, how, { ignoreMissing: FLAG });
  checkArgument("deleteValues", "which", which, ["array"]);
  checkItems("deleteValues", "which", which, ["string", "number"]);
  const handle = normalizeHandle(text);
  const indexes = new Set(which.filter((item) => typeof item === "number"));
  const types = which.filter((item) => typeof item === "string");
  // A DELETE without an index would delete the handle.
  if (indexes.size + types.length === 0) {
    throw new HandleError("invalid_options", {
      message: `deleteValues: which is empty; there is nothing to delete in ${handle}.`,
      hint: "delete deletes a whole handle.",
      handle,
    });
  }
  const { connection, settings } = context;
  const named = types.map((type) => ({ type }));
  assertAdminUntouched(settings, handle, named, "deleted");
  const record = await readForChange(connection, handle, how, "delete values of");
  for (const type of types) {
    const found = record.values.filter((value) => value.type === type);
    if (found.length === 0 && !how.ignoreMissing) throw noSuchValue(handle, type);
    for (const { index } of found) indexes.add(index);
  }
  const touched = record.values.filter((value) => indexes.has(value.index));
  if (how.dryRun && !how.ignoreMissing) {
    for (const index of indexes) {
      if (!touched.some((value) => value.index === index)) throw noSuchValue(handle, index);
    }
  }
  assertAdminUntouched(settings, handle, touched, "deleted");
  if (indexes.size === 0) {
    const { values } = record;
    return createChange({ handle, created: false, written: false, before: values, after: values });
  }
  return remove(context, record, [...indexes], how);
}

/** Reads a record that is to be deleted; undefined if it cannot be read, which is no reason to keep it. */
async function readForDeletion(
  connection: Connection,
  handle: string,
  how: WriteOptions & BulkHints,
): Promise<TaggedRecord | undefined> {
  try {
    return how.maybeDone
      ? await readExisting(connection, handle, how)
      : await readForChange(connection, handle, how, "delete");
  } catch (error) {
    const isUnreadable = isHandleError(error, "protocol_error") || isHandleError(error, "too_large");
    if (!isUnreadable || how.ifUnchanged !== undefined) throw error;
    return undefined;
  }
}

/** Deletes a handle; see `HandleClient.delete`. */
export async function deleteRecord(
  context: ClientContext,
  text: string,
  how: DeleteOptions & BulkHints = {},
): Promise<Change> {
  checkWrite("delete", text, how);
  const { connection } = context;
  const handle = normalizeHandle(text);
  const record = await readForDeletion(connection, handle, how);
  return remove(context, record ?? { handle, values: [] }, "all", how);
}
