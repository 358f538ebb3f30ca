import { RESPONSE_CODES } from "@handlekit/core";
import type { RecordValues, StoredValue } from "@handlekit/core/store";
import type { ReadContext } from "../operations/context.ts";
import { findRecord, type Selection, selectValues } from "../operations/read-record.ts";
import { refuse } from "../refuse.ts";
import { aliasOf } from "./targets.ts";

const MAX_STEPS = 20;
/** Two days, in milliseconds. */
const LONGEST = 2 * 86_400_000;

/** The record that a handle leads to. */
export interface FoundRecord {
  /** The handle, as the client or the last alias wrote it. */
  readonly handle: string;
  /** All its public values. */
  readonly all: RecordValues;
  /** Those that were selected. */
  readonly values: RecordValues;
  /** The aliases that led here. */
  readonly aliases: readonly StoredValue[];
}

/** Until when an answer made of these values may be kept, in milliseconds since 1970: two days at most. */
export function expiryOf(values: readonly Pick<StoredValue, "ttl" | "ttlType">[], now: number): number {
  return values.reduce((earliest, { ttl, ttlType }) => {
    const end = ttlType === "absolute" ? ttl * 1000 : now + Math.max(0, ttl) * 1000;
    return Math.min(earliest, end);
  }, now + LONGEST);
}

/**
 * Reads a record, or the one that its selected HS_ALIAS values lead to. The data of an alias is the next handle as it
 * stands.
 *
 * @param handle as written; a prefix alone stands for its prefix handle
 * @param ignoreAliases reads the record of the handle itself
 * @throws HandleError with response code 301, or 100: no such handle, or more than twenty aliases in a row
 */
export async function followAliases(
  context: ReadContext,
  { handle, selection, ignoreAliases }: { handle: string; selection: Selection; ignoreAliases: boolean },
): Promise<FoundRecord> {
  const aliases: StoredValue[] = [];
  for (let next = handle; ; ) {
    const all = context.publicValues((await findRecord(context, next)).values);
    const values = selectValues(all, selection);
    const alias = ignoreAliases ? undefined : values.find((value) => aliasOf(value) !== undefined);
    if (alias === undefined) return { handle: next, all, values, aliases };
    if (aliases.length === MAX_STEPS) {
      throw refuse(RESPONSE_CODES.handleNotFound, "Alias chain too long", handle);
    }
    aliases.push(alias);
    next = aliasOf(alias) ?? "";
  }
}
