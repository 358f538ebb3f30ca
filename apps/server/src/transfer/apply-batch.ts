import { type HandleKey, type StoredValue, sameValue } from "@handlekit/core";
import { type RecordValues, updateRecord } from "@handlekit/core/store";
import {
  type OnExisting,
  refuseExisting,
  refuseItem,
  sameValues,
  type Writing,
  writeRecord,
} from "./change-record.ts";
import type { Applied } from "./run-import.ts";

/** A command of a batch, for errors, and the key of its record. */
export interface BatchItem {
  readonly line: number;
  readonly handle: string;
  readonly key: HandleKey;
}

const MISSING = "Nothing was changed by this line.";

/** Changes the record of a command, or says what it would be. */
async function change(
  { store, dryRun }: Writing,
  { key }: BatchItem,
  decide: (values: RecordValues | undefined) => RecordValues | null,
): Promise<Applied> {
  if (dryRun) {
    const before = (await store.read(key))?.values;
    return { outcome: decide(before) === (before ?? null) ? "kept" : "written" };
  }
  const { before, after } = await updateRecord(store, key, (record) => decide(record?.values));
  return { outcome: after === (before ?? null) ? "kept" : "written", after };
}

function needRecord(item: BatchItem, values: RecordValues | undefined): RecordValues {
  if (values === undefined) throw refuseItem("handle_not_found", item, "does not exist", MISSING);
  return values;
}

const byIndex = (a: StoredValue, b: StoredValue) => a.index - b.index;

/** Returns the values with others added: ADD. */
function added(
  item: BatchItem,
  before: RecordValues,
  given: RecordValues,
  onExisting: OnExisting,
  again: boolean,
) {
  const existing = new Map(before.map((value) => [value.index, value]));
  const used = given.filter((value) => {
    const old = existing.get(value.index);
    if (old === undefined) return true;
    if (again && sameValue(old, value)) return false;
    if (onExisting === "refuse") {
      throw refuseExisting("value_exists", item, `has a value at index ${value.index} already`);
    }
    return onExisting === "replace" && !sameValue(old, value);
  });
  return merged(before, used);
}

function merged(before: RecordValues, given: RecordValues): RecordValues {
  if (given.length === 0) return before;
  const indexes = new Set(given.map(({ index }) => index));
  return [...before.filter(({ index }) => !indexes.has(index)), ...given].sort(byIndex);
}

/** Returns the values with others in their place: MODIFY. */
function modified(item: BatchItem, before: RecordValues, given: RecordValues): RecordValues {
  const existing = new Map(before.map((value) => [value.index, value]));
  const used = given.filter((value) => {
    const old = existing.get(value.index);
    if (old !== undefined) return !sameValue(old, value);
    throw refuseItem("values_not_found", item, `has no value at index ${value.index}`, MISSING);
  });
  return merged(before, used);
}

/** Carries out CREATE, ADD or MODIFY. @throws HandleError that names the line, if the record does not allow it */
export async function applyWrite(
  writing: Writing,
  item: BatchItem,
  command: "CREATE" | "ADD" | "MODIFY",
  values: readonly StoredValue[],
): Promise<Applied> {
  if (command === "CREATE") {
    const { key: handle, line } = item;
    const outcome = await writeRecord(writing, { handle, values, line }, sameValues);
    // A record that an interrupted import created has an earlier timestamp.
    return { outcome, after: writing.again ? undefined : values };
  }
  return change(writing, item, (before) => {
    const record = needRecord(item, before);
    return command === "ADD"
      ? added(item, record, values, writing.onExisting, writing.again)
      : modified(item, record, values);
  });
}

/** Carries out REMOVE. @throws HandleError that names the line, if there are no such values */
export function removeValues(
  writing: Writing,
  item: BatchItem,
  indexes: readonly number[],
): Promise<Applied> {
  return change(writing, item, (before) => {
    const record = needRecord(item, before);
    const missing = indexes.find((index) => !record.some((value) => value.index === index));
    if (missing !== undefined && !writing.again) {
      throw refuseItem("values_not_found", item, `has no value at index ${missing}`, MISSING);
    }
    const kept = record.filter(({ index }) => !indexes.includes(index));
    return kept.length === record.length ? record : kept;
  });
}

/** Carries out DELETE. @throws HandleError that names the line, if there is no record */
export function deleteRecord(writing: Writing, item: BatchItem): Promise<Applied> {
  return change(writing, item, (before) => {
    if (before === undefined && !writing.again) needRecord(item, before);
    return null;
  });
}
