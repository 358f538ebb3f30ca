import { checkArgument, hasType, isHandleError, normalizeHandle } from "@handlekit/core";
import { LOC_TYPE } from "@handlekit/loc";
import { checkItems, FLAG, NUMBER, type OptionRules } from "../../check-call.ts";
import { digestOf } from "../../reading/digest.ts";
import { readForChange } from "../../reading/read-record.ts";
import { allocateIndexes, type NewValue } from "../../writing/allocate-indexes.ts";
import { isLoc } from "../../writing/location-values.ts";
import { checkPairs, readOptions, refuseMore } from "../arguments.ts";
import { isSameType } from "../handle-record.ts";
import { type KeyValuePairs, listPairs, refuseAdmin } from "../key-value-pairs.ts";
import { runMethod, type Session } from "./session.ts";

/** Options of modifying values. */
export interface ModifyHandleValueOptions {
  /** Seconds, for every value that is written. Default: as it is; for new values the server's. */
  readonly ttl?: number | undefined;
  /** Add types that the record does not have; otherwise they are ignored. Default true. */
  readonly addIfNotExist?: boolean | undefined;
}

/** Checks the options of changing values. @throws HandleError `invalid_options` */
function readModify(
  caller: string,
  options: unknown,
  rules: OptionRules = { ttl: NUMBER },
): ModifyHandleValueOptions {
  return readOptions(
    caller,
    (options ?? {}) as object,
    rules,
    "Values belong into the argument before: { TYPE: data }.",
  );
}

/** B2HANDLE's spelling of the type. */
const OLD_LOC_TYPE = "10320/LOC";

/** @throws IllegalOperationException if HS_ADMIN is among the pairs and may not be changed */
function readPairs(
  { context }: Session,
  operation: string,
  handle: string,
  pairs: KeyValuePairs,
): readonly NewValue[] {
  const { permissions, modifyAdmin } = context.settings;
  const values = listPairs(pairs, permissions, operation);
  if (!modifyAdmin) {
    const hint = "It decides who may change the record; modifyHsAdmin allows to change it.";
    refuseAdmin(values, operation, handle, hint);
  }
  return values;
}

/** Returns those of the values that are to be written. The record is read only if that depends on it. */
async function fitToRecord(
  { context }: Session,
  operation: string,
  handle: string,
  values: readonly NewValue[],
  add: boolean,
): Promise<readonly NewValue[]> {
  const special = values.some(({ type }) => hasType(type, "HS_ADMIN") || isLoc(type));
  if (add && values.length > 0 && !special) return values;
  const record = await readForChange(context.connection, normalizeHandle(handle));
  return values.flatMap((value) => {
    const { index, type } = value;
    const found = record.values.find((present) =>
      index === undefined ? isSameType(present.type, type) : present.index === index,
    );
    if (found) return [index === undefined ? { ...value, type: found.type } : value];
    if (hasType(type, "HS_ADMIN")) refuseAdmin([value], operation, handle, "The record has none to change.");
    return add ? [value] : [];
  });
}

/**
 * Changes values; see `modifyHandleValue`.
 *
 * @param addIfNotExist undefined if it is an option
 */
export async function changeValues(
  session: Session,
  operation: string,
  handle: string,
  pairs: KeyValuePairs,
  options: unknown,
  addIfNotExist?: boolean,
): Promise<void> {
  await runMethod(session, operation, handle, async () => {
    checkPairs(operation, pairs, "ttl");
    const rules = addIfNotExist === undefined ? { ttl: NUMBER, addIfNotExist: FLAG } : { ttl: NUMBER };
    const { ttl, addIfNotExist: add = true } = { addIfNotExist, ...readModify(operation, options, rules) };
    const wanted = readPairs(session, operation, handle, pairs);
    const values = await fitToRecord(session, operation, handle, wanted, add);
    if (values.length > 0) await session.client.modify(handle, values, { ttl });
  });
}

/** Adds values at indexes that the record does not use; see `addHandleValue`. */
export async function addValues(
  session: Session,
  operation: string,
  handle: string,
  pairs: KeyValuePairs,
  options: unknown,
): Promise<void> {
  await runMethod(session, operation, handle, async () => {
    checkPairs(operation, pairs, "ttl");
    checkArgument(operation, "pairs", pairs, ["object"]);
    const { ttl } = readModify(operation, options);
    const values = readPairs(session, operation, handle, pairs);
    const record = await readForChange(session.context.connection, normalizeHandle(handle));
    const taken = record.values.map(({ index }) => index);
    const added = allocateIndexes(values, taken);
    if (added.length === 0) return;
    // Nothing may be replaced: if another client wrote meanwhile, this is `record_changed`.
    const ifUnchanged = await digestOf(record.values);
    await session.client.modify(handle, added, { ifUnchanged, ttl });
  });
}

/** Deletes the values of types; see `deleteHandleValue`. */
export async function deleteTypes(
  session: Session,
  operation: string,
  handle: string,
  key: string | readonly string[],
  others: readonly unknown[],
): Promise<void> {
  const { client } = session;
  await runMethod(session, operation, handle, async () => {
    checkArgument(operation, "key", key, ["string", "array"]);
    const keys = typeof key === "string" ? [key] : key;
    checkItems(operation, "key", keys, ["string"]);
    refuseMore(operation, others, 'Several types are a list: ["URL", "CHECKSUM"].');
    const values = keys.map((type) => ({ type }));
    refuseAdmin(values, operation, handle, "Without it nobody could change the record.");
    const types = keys.flatMap((type) => (isLoc(type) ? [type, LOC_TYPE, OLD_LOC_TYPE] : [type]));
    if (types.length === 0) {
      await client.read(handle);
      return;
    }
    const remove = () => client.deleteValues(handle, types, { ignoreMissing: true });
    // If another client deleted one of them meanwhile, nothing was deleted.
    await remove().catch((error: unknown) => {
      if (!isHandleError(error, "values_not_found")) throw error;
      return remove();
    });
  });
}
