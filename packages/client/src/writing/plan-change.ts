import {
  encodeValue,
  HandleError,
  type HandleValue,
  type HandleValueInput,
  isHandleError,
  quoteForMessage,
} from "@handlekit/core";
import { allocateIndexes, assertAdminData, type NewValue } from "./allocate-indexes.ts";
import { assertWritable } from "./slips.ts";

/** The parts of a modification: values that replace present ones, values added at free indexes, indexes to be deleted. */
export interface PlannedChange {
  readonly replaced: readonly HandleValueInput[];
  readonly added: readonly HandleValueInput[];
  readonly removed: readonly number[];
}

/** The error for a type or an index that a record does not have. */
export function noSuchValue(handle: string, which: string | number): HandleError {
  const what = typeof which === "string" ? `of type ${quoteForMessage(which)}` : `at index ${which}`;
  return new HandleError("values_not_found", {
    message: `${handle} has no value ${what} that this user may see; nothing was changed.`,
    hint: "Read the record to see its indexes and types; types are case-sensitive.",
    handle,
  });
}

function namedTwice(handle: string, { index, type }: HandleValue): HandleError {
  return new HandleError("invalid_value", {
    message: `The value of ${handle} at index ${index} (${type}) was given twice; nothing was changed.`,
    hint: "Give each value once; to add another of the same type, give it a free index.",
    handle,
  });
}

function presentValue(
  handle: string,
  wanted: NewValue,
  present: readonly HandleValue[],
): HandleValue | undefined {
  if (wanted.index !== undefined) return present.find((value) => value.index === wanted.index);
  const ofType = present.filter((value) => value.type === wanted.type);
  if (ofType.length <= 1) return ofType[0];
  const indexes = ofType.map((value) => value.index).join(", ");
  throw new HandleError("invalid_value", {
    message: `${handle} has ${ofType.length} values of type ${quoteForMessage(wanted.type)}, at indexes ${indexes}; nothing was changed.`,
    hint: "Choose one by its index.",
    handle,
  });
}

/** Returns false for a value as only a faulty server gives it; one that replaces it keeps nothing of it. */
function isWritable(present: HandleValue): boolean {
  try {
    encodeValue({ ...present, data: "" });
    return true;
  } catch (error) {
    if (isHandleError(error, "invalid_value")) return false;
    throw error;
  }
}

function merged(wanted: NewValue, present: HandleValue, ttl: number | undefined): HandleValueInput {
  const { timestamp: _set, ...kept } = isWritable(present) ? present : { index: present.index };
  const given = Object.fromEntries(Object.entries(wanted).filter(([, member]) => member !== undefined));
  const value = {
    ...kept,
    ...(given as NewValue),
    index: present.index,
    ...(ttl === undefined ? {} : { ttl }),
  };
  assertWritable(value);
  return value;
}

/**
 * Plans a modification: a value with an index is written there, one without replaces the only value of its type or is
 * added at the next free index. A replaced value keeps the ttl, permissions and references that are not given.
 *
 * @throws HandleError `invalid_value` if the record has several values of a type, or a value cannot be written;
 *   `values_not_found` if a value is missing and `add` is false
 */
export function planChange(
  handle: string,
  wanted: readonly NewValue[],
  present: readonly HandleValue[],
  how: { readonly ttl?: number | undefined; readonly add?: boolean | undefined },
): PlannedChange {
  const replaced: HandleValueInput[] = [];
  const missing: NewValue[] = [];
  for (const value of wanted) {
    assertAdminData(value);
    const found = presentValue(handle, value, present);
    if (found !== undefined) {
      if (replaced.some(({ index }) => index === found.index)) throw namedTwice(handle, found);
      replaced.push(merged(value, found, how.ttl));
    } else if (how.add === false) throw noSuchValue(handle, value.index ?? value.type);
    else missing.push(how.ttl === undefined ? value : { ...value, ttl: how.ttl });
  }
  const taken = present.map((value) => value.index);
  return { replaced, added: allocateIndexes(missing, taken), removed: [] };
}
