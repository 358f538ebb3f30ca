import {
  HandleError,
  type HandleValue,
  type HandleValueInput,
  isHandleError,
  normalizeHandle,
} from "@handlekit/core";
import { FLAG, NUMBER } from "../check-call.ts";
import type { CallHints, Connection } from "../connection/connection.ts";
import type { SuccessAnswer } from "../connection/response.ts";
import type { ClientContext } from "../context.ts";
import { digestOf } from "../reading/digest.ts";
import { assertUnchanged, readForChange, type TaggedRecord } from "../reading/read-record.ts";
import { listValues, type NewValues } from "./allocate-indexes.ts";
import { asWritten, type Change, createChange } from "./change.ts";
import { sendDelete } from "./delete-record.ts";
import { type PlannedChange, planChange } from "./plan-change.ts";
import { settleByValues } from "./settle.ts";
import {
  assertAdminUntouched,
  type BulkHints,
  checkWrite,
  indexQuery,
  overwriteQuery,
  type WriteOptions,
} from "./write-options.ts";

/** Options of modifying a record. */
export interface ModifyOptions extends WriteOptions {
  /** Seconds, for all values that are written. Default: that of the present value; for new values the server's. */
  readonly ttl?: number | undefined;
  /** Add types that the record does not have. Default true; with false they are an error. */
  readonly add?: boolean | undefined;
}

function overlay(before: readonly HandleValue[], written: readonly HandleValueInput[]): HandleValueInput[] {
  const kept = before.filter(({ index }) => !written.some((value) => value.index === index));
  return [...kept, ...written].sort((a, b) => a.index - b.index);
}

function putValues(
  connection: Connection,
  handle: string,
  values: readonly HandleValueInput[],
  overwrite: boolean,
  how: WriteOptions & BulkHints,
  ifMatch: string | undefined,
): Promise<SuccessAnswer> {
  return connection.send({
    operation: "modify",
    method: "PUT",
    handle,
    query: [...indexQuery(values.map((value) => value.index)), ...overwriteQuery(overwrite)],
    values,
    login: true,
    // With ifUnchanged it is read back and never repeated: another client may have changed the record since.
    repeatable: how.ifUnchanged === undefined,
    ifMatch,
    signal: how.signal,
    maybeDone: how.maybeDone,
    onBusy: how.onBusy,
    settle: settleByValues(connection, handle, values, false, overwrite ? 200 : 201, how),
  });
}

/** Returns the ETag of a record in which values were just written, after checking that nothing else has changed. */
async function tagAfter(
  connection: Connection,
  { handle, values: before }: TaggedRecord,
  written: readonly HandleValueInput[],
  how: CallHints,
): Promise<string | undefined> {
  const { values, etag } = await readForChange(connection, handle, how);
  const isOther = ({ index }: HandleValue) => !written.some((value) => value.index === index);
  const others = { handle, values: values.filter(isOther) };
  await assertUnchanged(others, await digestOf(before.filter(isOther)));
  return etag;
}

/** Adds to an error of a later request that those before it were carried out. */
function afterOthers(
  error: unknown,
  handle: string,
  written: readonly HandleValueInput[],
  added: readonly HandleValueInput[],
): unknown {
  if (!isHandleError(error) || written.length === 0) return error;
  const { code, message, hint, responseCode, status, retryable, cause } = error;
  const indexes = written.map((value) => value.index).join(", ");
  const done =
    written.length === added.length
      ? `The new values of ${handle} (index ${indexes}) had been added before.`
      : `The values of ${handle} at index ${indexes} had been written before.`;
  return new HandleError(code, {
    message: `${message} ${done}`,
    hint,
    handle,
    responseCode,
    status,
    retryable,
    cause,
  });
}

async function writeChange(
  { connection }: ClientContext,
  record: TaggedRecord,
  { replaced, added, removed }: PlannedChange,
  how: WriteOptions & BulkHints,
): Promise<Change> {
  const { handle, values: before } = record;
  const { ifUnchanged } = how;
  if (ifUnchanged !== undefined) await assertUnchanged(record, ifUnchanged);
  const kept = before.filter(({ index }) => !removed.includes(index));
  const after = overlay(kept, [...replaced, ...added]);
  const planned = createChange({ handle, created: false, written: false, before, after });
  if (how.dryRun || planned.difference.length === 0) return planned;
  const changed = replaced.filter((value) => planned.difference.some(({ index }) => index === value.index));
  let written: readonly HandleValueInput[] = [];
  let last: SuccessAnswer | undefined;
  const nextTag = async () => {
    if (ifUnchanged === undefined) return undefined;
    return written.length === 0 ? record.etag : tagAfter(connection, record, written, how);
  };
  try {
    // A free index may be in use by another client's value, or by one that is hidden: values are added first, with
    // overwrite=false. Values are deleted last, so that nothing is lost when a request fails.
    if (added.length > 0) {
      last = await putValues(connection, handle, added, false, how, await nextTag());
      written = added;
    }
    if (changed.length > 0) {
      last = await putValues(connection, handle, changed, true, how, await nextTag());
      written = [...added, ...changed];
    }
    if (removed.length > 0) {
      last = await sendDelete(connection, handle, removed, how, await nextTag());
    }
  } catch (error) {
    throw afterOthers(error, handle, written, added);
  }
  return asWritten(planned, handle, last?.responseCode);
}

/** Modifies values; see `HandleClient.modify`. */
export async function modifyRecord(
  context: ClientContext,
  text: string,
  values: NewValues,
  how: ModifyOptions & BulkHints = {},
): Promise<Change> {
  checkWrite("modify", text, how, { ttl: NUMBER, add: FLAG });
  const wanted = listValues(values, "modify");
  const handle = normalizeHandle(text);
  if (wanted.length === 0) {
    throw new HandleError("invalid_options", {
      message: `modify: values is empty; there is nothing to change in ${handle}.`,
      handle,
    });
  }
  const { connection, settings } = context;
  assertAdminUntouched(settings, handle, wanted, "written");
  const record = await readForChange(connection, handle, how, "modify");
  const plan = planChange(handle, wanted, record.values, how);
  const written = new Set(plan.replaced.map((value) => value.index));
  const overwritten = record.values.filter((value) => written.has(value.index));
  assertAdminUntouched(settings, handle, overwritten, "written");
  return writeChange(context, record, plan, how);
}

/** Writes values at their own indexes into a record that was read before, and deletes others. */
export function replaceValues(
  context: ClientContext,
  record: TaggedRecord,
  values: readonly HandleValueInput[],
  removed: readonly number[],
  how: WriteOptions,
): Promise<Change> {
  const present = new Set(record.values.map((value) => value.index));
  const replaced = values.filter((value) => present.has(value.index));
  const added = values.filter((value) => !present.has(value.index));
  return writeChange(context, record, { replaced, added, removed }, how);
}
