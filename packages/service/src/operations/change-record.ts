import { randomUUID } from "node:crypto";
import { HandleError, handleKey, isHandleError, RESPONSE_CODES, sameValue } from "@handlekit/core";
import { type RecordValues, type Revision, type StoredValue, updateRecord } from "@handlekit/core/store";
import { refuse } from "../refuse.ts";
import { auditChange } from "./audit-change.ts";
import { type Authoriser, createAuthoriser } from "./authoriser.ts";
import { type Login, type OnHandle, type OperationContext, recordHandle } from "./context.ts";
import { yieldAfter } from "./in-turns.ts";
import { isPublic, withSafePermissions } from "./read-record.ts";

/** The most values and bytes of a record, so that a response with all of them stays small. */
const MAX_VALUES = 10_000;
const MAX_BYTES = 4 * 1_048_576;

/** The bytes of the values as the protocol has them: 22 of each value, and 8 of each reference, are numbers. */
function sizeOf(values: RecordValues): number {
  return values.reduce(
    (sum, { type, data, references }) =>
      sum +
      22 +
      type.length +
      data.length +
      references.reduce((total, { handle }) => total + 8 + handle.length, 0),
    0,
  );
}

/**
 * Checks that a record does not become too large. One that is, from elsewhere, may become smaller.
 *
 * @throws HandleError response code 202
 */
export function assertSize(before: RecordValues, after: RecordValues, handle: string): void {
  if (after.length > MAX_VALUES && after.length > before.length) {
    throw refuse(RESPONSE_CODES.invalidValue, `A record may have ${MAX_VALUES} values`, handle);
  }
  const size = sizeOf(after);
  if (size > MAX_BYTES && size > sizeOf(before)) {
    throw refuse(RESPONSE_CODES.invalidValue, `The values of a record may have ${MAX_BYTES} bytes`, handle);
  }
}

/** The input of an operation that changes a record. */
export interface ChangeInput extends OnHandle {
  readonly login: Login;
  /** The revisions of which the record must have one; "any" if it must exist. Default no condition. */
  readonly ifRevision?: readonly string[] | "any" | undefined;
}

/** Sets the timestamp of new and changed values to the present time. */
function stamped(before: RecordValues, after: RecordValues, now: number): RecordValues {
  const old = new Map(before.map((value) => [value.index, value]));
  const timestamp = Math.floor(now / 1000);
  return after.map((value) => {
    const was = old.get(value.index);
    return was !== undefined && sameValue(was, value) ? was : { ...value, timestamp };
  });
}

function assertRevision({ ifRevision, handle }: ChangeInput, revision: Revision | undefined): void {
  if (ifRevision === undefined) return;
  if (revision !== undefined && (ifRevision === "any" || ifRevision.includes(revision))) return;
  throw new HandleError("record_changed", {
    message: "The record has been changed since it was read (If-Match)",
    handle,
    responseCode: RESPONSE_CODES.protocolError,
    status: 412,
  });
}

/**
 * Changes one record of a homed prefix.
 *
 * @param decide gets the values of the record, or undefined if there is none, and returns the next values, or null to
 *   remove it. It throws to refuse
 * @returns the values before the change
 * @throws HandleError with status 412 if the record has another revision; response code 202 if it would be too large, 3 if
 *   others keep changing it
 */
export async function changeRecord(
  context: OperationContext,
  input: ChangeInput,
  decide: (before: RecordValues | undefined, may: Authoriser) => Promise<RecordValues | null>,
): Promise<RecordValues | undefined> {
  const handle = recordHandle(input.handle);
  try {
    const { before } = await updateRecord(
      context.store,
      handleKey(handle),
      async (record) => {
        const values = record?.values;
        const next = await decide(values, createAuthoriser(context, input, handle, { values }));
        assertRevision(input, record?.revision);
        if (next === null) return null;
        assertSize(values ?? [], next, input.handle);
        await yieldAfter(next);
        const changed = stamped(values ?? [], next, context.now());
        // The store encodes them next.
        await yieldAfter(next);
        return changed;
      },
      auditChange(context, handle, input),
    );
    return before;
  } catch (error) {
    if (!isHandleError(error, "server_busy")) throw error;
    const message = "Other clients are changing the handle; try again";
    throw refuse(RESPONSE_CODES.serverTooBusy, message, input.handle);
  }
}

/** The most bytes that clients of the native protocol accept in a value; the record could never be read again. */
const MAX_DATA_BYTES = 1_048_576;

/** Sorts values by index, checks their indexes and sizes, and makes secret keys private. */
function prepared(values: readonly StoredValue[], handle: string): RecordValues {
  const sorted = values.map(withSafePermissions).sort((a, b) => a.index - b.index);
  sorted.forEach((value, i) => {
    if (value.index <= 0) throw refuse(RESPONSE_CODES.invalidValue, "Value indexes must be positive", handle);
    if (value.data.length > MAX_DATA_BYTES) {
      const message = `The value at index ${value.index} has more than ${MAX_DATA_BYTES} bytes`;
      throw refuse(RESPONSE_CODES.invalidValue, message, handle);
    }
    if (sorted[i + 1]?.index === value.index) {
      throw refuse(RESPONSE_CODES.valueAlreadyExists, `Index conflict for ${value.index}`, handle);
    }
  });
  return sorted;
}

/**
 * Returns the values by which a change is judged. For an identity that may not read the hidden ones, those that it writes
 * unchanged count as changed: otherwise it could find out what they are by guessing.
 */
async function judgedBy(may: Authoriser, before: RecordValues, written: RecordValues): Promise<RecordValues> {
  const isGuessed = (was: StoredValue) => !isPublic(was) && written.some((value) => sameValue(was, value));
  if (!before.some(isGuessed) || (await may.ask({ name: "read" })).allowed) return before;
  return before.map((was) => (isGuessed(was) ? { ...was, ttl: was.ttl + 1 } : was));
}

/** The input of an operation that writes values. */
export interface WriteInput extends ChangeInput {
  /** In any order. */
  readonly values: readonly StoredValue[];
  /** Whether existing values may be replaced. */
  readonly overwrite: boolean;
}

/**
 * Creates or replaces a record. Replacing needs the permission for each difference, or the permissions to delete and to
 * create the handle.
 *
 * @throws HandleError response code 301, 202, 201, 101, 402, 400, 3; status 412
 */
export async function writeRecord(
  context: OperationContext,
  input: WriteInput,
): Promise<{ readonly created: boolean }> {
  const { handle, overwrite } = input;
  await context.homed.assert(recordHandle(handle), handle);
  const values = prepared(input.values, handle);
  const before = await changeRecord(context, input, async (existing, may) => {
    if (existing !== undefined && !overwrite) throw refuse(RESPONSE_CODES.handleAlreadyExists, "", handle);
    may.assertIdentified();
    if (existing === undefined) await may.assert({ name: "create" });
    else {
      const known = await judgedBy(may, existing, values);
      if (!(await may.ask({ name: "change", before: known, after: values })).allowed) {
        await may.assert({ name: "delete" });
        await may.assert({ name: "create" });
      }
    }
    return values;
  });
  return { created: before === undefined };
}

/**
 * Creates a record with a new, random handle.
 *
 * @param input `handle` is the beginning of the new handle
 * @returns the new handle
 * @throws HandleError as {@link writeRecord} does
 */
export async function mintRecord(
  context: OperationContext,
  input: Omit<WriteInput, "overwrite">,
): Promise<{ readonly handle: string; readonly created: boolean }> {
  const handle = `${input.handle}${randomUUID()}`;
  const { created } = await writeRecord(context, { ...input, handle, overwrite: false });
  return { handle, created };
}

/**
 * Adds values to a record, or replaces those at the same indexes. Other values are not changed.
 *
 * @returns `created` is true if no value was replaced
 * @throws HandleError response code 301, 202, 201, 402, 100, 400, 3; status 412
 */
export async function writeValues(
  context: OperationContext,
  input: WriteInput,
): Promise<{ readonly created: boolean }> {
  const { handle, overwrite } = input;
  await context.homed.assert(recordHandle(handle), handle);
  if (input.values.length === 0) throw refuse(RESPONSE_CODES.invalidValue, "Value list was empty", handle);
  const values = prepared(input.values, handle);
  const written = new Set(values.map((value) => value.index));
  const before = await changeRecord(context, input, async (existing, may) => {
    may.assertIdentified();
    if (existing === undefined) throw refuse(RESPONSE_CODES.handleNotFound, "", handle);
    const kept = existing.filter((value) => !written.has(value.index));
    const after = [...kept, ...values];
    const conflicts = overwrite ? [] : existing.filter((value) => written.has(value.index));
    const conflict = conflicts.find(isPublic) ?? conflicts[0];
    if (conflict !== undefined) {
      // Who may not add a value is not told that there is a hidden one.
      if (!isPublic(conflict)) await may.assert({ name: "change", before: kept, after });
      throw refuse(RESPONSE_CODES.valueAlreadyExists, `Index conflict for ${conflict.index}`, handle);
    }
    await may.assert({ name: "change", before: await judgedBy(may, existing, values), after });
    return after.sort((a, b) => a.index - b.index);
  });
  return { created: !before?.some((value) => written.has(value.index)) };
}

/**
 * Removes a record.
 *
 * @throws HandleError response code 402, 100, 400, 3; status 412
 */
export async function deleteRecord(context: OperationContext, input: ChangeInput): Promise<void> {
  await changeRecord(context, input, async (existing, may) => {
    may.assertIdentified();
    if (existing === undefined) throw refuse(RESPONSE_CODES.handleNotFound, "", input.handle);
    await may.assert({ name: "delete" });
    return null;
  });
}

/**
 * Removes the values at some indexes. Removes none if one of them is absent.
 *
 * @throws HandleError response code 301, 402, 100, 200, 400, 3; status 412
 */
export async function deleteValues(
  context: OperationContext,
  input: ChangeInput & { readonly indexes: readonly number[] },
): Promise<void> {
  const { handle, indexes } = input;
  await context.homed.assert(recordHandle(handle), handle);
  await changeRecord(context, input, async (existing, may) => {
    may.assertIdentified();
    if (existing === undefined) throw refuse(RESPONSE_CODES.handleNotFound, "", handle);
    const present = new Set(existing.map((value) => value.index));
    if (!indexes.every((index) => present.has(index))) {
      throw refuse(RESPONSE_CODES.valuesNotFound, "", handle);
    }
    const removed = new Set(indexes);
    const after = existing.filter((value) => !removed.has(value.index));
    const change = { name: "change", before: existing, after } as const;
    const namesHidden = existing.some((value) => removed.has(value.index) && !isPublic(value));
    // For who may neither remove nor read it, a hidden value is absent.
    if (namesHidden && !(await may.ask(change)).allowed && !(await may.ask({ name: "read" })).allowed) {
      throw refuse(RESPONSE_CODES.valuesNotFound, "", handle);
    }
    await may.assert(change);
    return after;
  });
}
