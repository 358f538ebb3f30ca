import { decodeUtf8, foldCase, RESPONSE_CODES } from "@handlekit/core";
import type { RecordValues, StoredValue } from "@handlekit/core/store";
import type { ReadContext } from "../operations/context.ts";
import { findRecord, isPublic } from "../operations/read-record.ts";
import { refuse } from "../refuse.ts";
import { withoutScheme } from "./addresses.ts";

const MAX_STEPS = 10;

/** The record that a handle leads to. */
export interface FoundRecord {
  /** The handle, as the client or the last alias wrote it. */
  readonly handle: string;
  /** Its public values. */
  readonly values: RecordValues;
  /** Until when the way here may be kept, when aliases led to another handle; milliseconds since 1970. */
  readonly aliasExpiry?: number | undefined;
}

/** Until when a value may be kept, in milliseconds since 1970. */
export function expiryOf(value: Pick<StoredValue, "ttl" | "ttlType">, now: number): number {
  return value.ttlType === "absolute" ? value.ttl * 1000 : now + Math.max(0, value.ttl) * 1000;
}

async function readPublic(context: ReadContext, written: string): Promise<RecordValues> {
  return (await findRecord(context, written)).values.filter(isPublic);
}

/** The handle that a value is an alias of. */
function aliasTarget(value: StoredValue): string | undefined {
  if (foldCase(value.type) !== "HS_ALIAS") return undefined;
  return withoutScheme(decodeUtf8(value.data) ?? "") || undefined;
}

/**
 * Reads a record, or the one that its HS_ALIAS values lead to.
 *
 * @param handle as written, a prefix alone standing for its prefix handle
 * @param ignoreAliases reads the record of the handle itself
 * @throws HandleError with response code 301, or 100: no such handle, or more than ten aliases in a row
 */
export async function followAliases(
  context: ReadContext,
  handle: string,
  ignoreAliases: boolean,
): Promise<FoundRecord> {
  let found: FoundRecord = { handle, values: await readPublic(context, handle) };
  if (ignoreAliases) return found;
  for (let step = 0; step <= MAX_STEPS; step++) {
    const alias = found.values.find((value) => aliasTarget(value) !== undefined);
    const next = alias && aliasTarget(alias);
    if (alias === undefined || next === undefined) return found;
    const expiry = expiryOf(alias, context.now());
    found = {
      handle: next,
      values: await readPublic(context, next),
      aliasExpiry: Math.min(found.aliasExpiry ?? expiry, expiry),
    };
  }
  throw refuse(RESPONSE_CODES.handleNotFound, "Alias chain too long", handle);
}
