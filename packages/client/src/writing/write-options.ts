import { checkArgument, HandleError, hasType } from "@handlekit/core";
import { checkCallOptions, FLAG, type OptionRules, TEXT } from "../check-call.ts";
import type { CallHints, CallOptions, Query } from "../connection/connection.ts";
import type { ClientSettings } from "../settings.ts";

/** Options of every write. */
export interface WriteOptions extends CallOptions {
  /**
   * The digest (`digestOf`) of the whole record as it was read: nothing is written if the record has changed since. The
   * record is read just before the write to check that; a change by another client between the two is not noticed,
   * except with `hdl-server`, which sends ETags.
   */
  readonly ifUnchanged?: string | undefined;
  /** Writes nothing, and returns the change that would be written. Default false. */
  readonly dryRun?: boolean | undefined;
}

/** The options that a bulk run adds to a write. */
export interface BulkHints extends CallHints {
  /** True if it may have been carried out before: if the record is as the write would leave it, that is success. */
  readonly maybeDone?: boolean | undefined;
}

const WRITE_RULES = { ifUnchanged: TEXT, dryRun: FLAG } as const;

/** @throws HandleError `invalid_options` */
export function checkWrite(caller: string, handle: string, options: object, rules: OptionRules = {}): void {
  checkArgument(caller, "handle", handle, ["string"]);
  checkCallOptions(caller, options, { ...WRITE_RULES, ...rules });
}

export function indexQuery(indexes: readonly number[]): Query {
  return indexes.map((index) => ["index", String(index)] as const);
}

export function overwriteQuery(overwrite: boolean): Query {
  return [["overwrite", String(overwrite)]];
}

/**
 * Checks that HS_ADMIN, which decides who may change a record, is only written or deleted if `modifyAdmin` allows it.
 *
 * @throws HandleError `invalid_options`
 */
export function assertAdminUntouched(
  settings: ClientSettings,
  handle: string,
  values: readonly { readonly type: string }[],
  what: "written" | "deleted",
): void {
  if (settings.modifyAdmin || !values.some(({ type }) => hasType(type, "HS_ADMIN"))) return;
  throw new HandleError("invalid_options", {
    message: `HS_ADMIN of ${handle} may not be ${what}; nothing was changed.`,
    hint: "It decides who may change the record. The option modifyAdmin (modify_HS_ADMIN) allows it.",
    handle,
  });
}
