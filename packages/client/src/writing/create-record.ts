import {
  HandleError,
  type HandleValueInput,
  hasType,
  normalizeHandle,
  prefixHandle,
  prefixOf,
  type ValueReference,
} from "@handlekit/core";
import { FLAG, refuseOptions } from "../check-call.ts";
import type { ClientContext } from "../context.ts";
import { readExisting } from "../reading/read-record.ts";
import type { ClientSettings } from "../settings.ts";
import { allocateIndexes, listValues, type NewValue, type NewValues } from "./allocate-indexes.ts";
import { asWritten, type Change, createChange } from "./change.ts";
import { settleByValues } from "./settle.ts";
import { assertUsualHandle } from "./slips.ts";
import { type BulkHints, checkWrite, overwriteQuery, type WriteOptions } from "./write-options.ts";

/** Options of creating a handle. */
export interface CreateOptions extends Omit<WriteOptions, "ifUnchanged"> {
  /** Replace the whole record if the handle exists. Default false: that is an error. */
  readonly overwrite?: boolean | undefined;
  /**
   * Create also a handle with an empty suffix, control characters, or blanks or invisible characters at an end. Default
   * false: it is mostly a slip, and lasts for ever. A value of index 0 is refused in any case: in a reference, 0 stands
   * for every index.
   */
  readonly allowUnusual?: boolean | undefined;
}

/** Returns the owner of a new handle. */
export function ownerOf(handle: string, { owner }: Pick<ClientSettings, "owner">): ValueReference {
  return owner ?? { index: 200, handle: prefixHandle(prefixOf(handle)) };
}

/**
 * Returns the values of a new record: the values given, an HS_ADMIN value unless there is one, and an index for each.
 *
 * @throws HandleError `invalid_value`
 */
export function newRecord(
  handle: string,
  values: readonly NewValue[],
  settings: ClientSettings,
): HandleValueInput[] {
  if (values.some(({ type }) => hasType(type, "HS_ADMIN"))) return allocateIndexes(values);
  const value = { ...ownerOf(handle, settings), permissions: settings.permissions };
  return allocateIndexes([{ type: "HS_ADMIN", data: { format: "admin", value } }, ...values]);
}

function existsAlready(handle: string): HandleError {
  return new HandleError("handle_exists", {
    message: `${handle} could not be created: the handle exists already.`,
    hint: "Choose another suffix, or allow overwriting to replace its whole record.",
    handle,
  });
}

/**
 * Creates a handle with exactly these values.
 *
 * @throws HandleError as `HandleClient.create` does
 */
export async function createExactly(
  { connection }: ClientContext,
  handle: string,
  sent: readonly HandleValueInput[],
  how: CreateOptions & BulkHints,
): Promise<Change> {
  const { overwrite = false, dryRun = false, signal, onBusy, maybeDone } = how;
  // For the difference, and so that a dry run fails as the write would.
  const existing = overwrite || dryRun ? await readExisting(connection, handle, how) : undefined;
  if (existing !== undefined && !overwrite) throw existsAlready(handle);
  const planned = createChange({
    handle,
    created: existing === undefined,
    written: false,
    before: existing?.values ?? [],
    after: sent.toSorted((a, b) => a.index - b.index),
  });
  if (dryRun) return planned;
  const made = await connection.send({
    operation: "create",
    method: "PUT",
    handle,
    query: overwriteQuery(overwrite),
    values: sent,
    login: true,
    signal,
    maybeDone,
    onBusy,
    settle: settleByValues(connection, handle, sent, true, 201, how),
  });
  return asWritten(planned, made.handle, made.responseCode);
}

/** Creates a handle; see `HandleClient.create`. */
export async function createRecord(
  context: ClientContext,
  text: string,
  values: NewValues,
  how: CreateOptions & BulkHints = {},
): Promise<Change> {
  checkWrite("create", text, how, { overwrite: FLAG, allowUnusual: FLAG });
  refuseOptions("create", how, "ifUnchanged", "ttl");
  const given = listValues(values, "create");
  const handle = normalizeHandle(text);
  if (!how.allowUnusual) assertUsualHandle(handle);
  return createExactly(context, handle, newRecord(handle, given, context.settings), how);
}
