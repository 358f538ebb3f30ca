import { isHandleError } from "@handlekit/core";
import { isLocType } from "@handlekit/loc";
import { allocateIndexes, type NewValue } from "../allocate-indexes.ts";
import type { HandleClient } from "../client.ts";
import { digestOf } from "../digest.ts";
import type { HandleRecord } from "../types.ts";
import { isSameType } from "./handle-record.ts";
import { refuseAdmin } from "./key-value-pairs.ts";

/** What is to be changed, and by which method. */
export interface WantedChange {
  readonly operation: string;
  readonly handle: string;
  readonly values: readonly NewValue[];
}

/** The record with all that this user may see. */
async function readForChange(client: HandleClient, handle: string): Promise<HandleRecord> {
  try {
    return await client.read(handle, { authenticated: true });
  } catch (error) {
    if (!isHandleError(error, "permission_denied")) throw error;
    return client.read(handle);
  }
}

/**
 * Those of the values that are to be written. The record is read only where that depends on it.
 *
 * @param add whether what the record does not have is written, too
 * @throws HandleError as `read`; IllegalOperationException for HS_ADMIN where there is none
 */
export async function fitToRecord(
  client: HandleClient,
  { operation, handle, values }: WantedChange,
  add: boolean,
): Promise<readonly NewValue[]> {
  const special = values.some(({ type }) => type === "HS_ADMIN" || isLocType(type));
  if (add && values.length > 0 && !special) return values;
  const record = await readForChange(client, handle);
  return values.flatMap((value) => {
    const { index, type } = value;
    const found = record.values.find((present) =>
      index === undefined ? isSameType(present.type, type) : present.index === index,
    );
    if (found) return [index === undefined ? { ...value, type: found.type } : value];
    if (type === "HS_ADMIN") refuseAdmin([value], operation, handle, "There is none that could be changed.");
    return add ? [value] : [];
  });
}

/**
 * Writes values at indexes that the record does not use.
 *
 * @param ttl seconds
 * @throws HandleError as `modify`: `record_changed` when somebody else wrote in between, for nothing is to be replaced
 */
export async function addAtFreeIndexes(
  client: HandleClient,
  { handle, values }: WantedChange,
  ttl: number | undefined,
): Promise<void> {
  const record = await readForChange(client, handle);
  const added = allocateIndexes(
    values,
    record.values.map(({ index }) => index),
  );
  if (added.length === 0) return;
  const ifUnchanged = await digestOf(record.values);
  await client.modify(handle, added, { ifUnchanged, ...(ttl === undefined ? {} : { ttl }) });
}
