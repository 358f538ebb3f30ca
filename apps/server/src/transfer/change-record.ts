import { HandleError, type HandleErrorCode, quoteForMessage, sameValue } from "@handlekit/core";
import type { ExportRecord } from "@handlekit/core/export";
import { encodeRecord, type HandleStore, type RecordValues, updateRecord } from "@handlekit/core/store";

/** The treatment of a record that exists already. */
export type OnExisting = "refuse" | "skip" | "replace";

/** The outcome for a record: it was created or changed, it replaced another one, or it was left as it is. */
export type Outcome = "written" | "replaced" | "kept";

/** How records are written. */
export interface Writing {
  readonly store: HandleStore;
  readonly onExisting: OnExisting;
  /** Whether an interrupted import may have written the same before. */
  readonly again: boolean;
  /** Whether to write nothing, and only say what would happen. */
  readonly dryRun: boolean;
}

const EXISTING = "Give --on-existing skip to keep what exists, or --on-existing replace to replace it.";

/** The error for an item of the input that cannot be carried out. */
export function refuseItem(
  code: HandleErrorCode,
  { line, handle }: { readonly line: number; readonly handle: string },
  why: string,
  hint?: string,
): HandleError {
  return new HandleError(code, { message: `Line ${line}: ${quoteForMessage(handle)} ${why}.`, hint, handle });
}

/** The error for a record that exists, or for a value of one. */
export function refuseExisting(
  code: "handle_exists" | "value_exists",
  item: { readonly line: number; readonly handle: string },
  what = "exists already",
): HandleError {
  return refuseItem(code, item, what, EXISTING);
}

/** Returns true if two records are equal. */
export function sameRecord(a: RecordValues, b: RecordValues): boolean {
  return a.length === b.length && Buffer.compare(encodeRecord(a), encodeRecord(b)) === 0;
}

/** Returns true if two records are equal in everything except the timestamps. */
export function sameValues(a: RecordValues, b: RecordValues): boolean {
  return a.length === b.length && a.every((value, i) => b[i] !== undefined && sameValue(value, b[i]));
}

/**
 * Writes one record of the input.
 *
 * @param isSame compares the record that exists with the one of the input
 * @throws HandleError `handle_exists` if it exists and that is to be refused
 */
export async function writeRecord(
  { store, onExisting, again, dryRun }: Writing,
  record: ExportRecord & { readonly line: number },
  isSame: typeof sameRecord,
): Promise<Outcome> {
  const { handle, values } = record;
  // Most records are new: they are written without being read first.
  if (!dryRun && (await store.commit(handle, "absent", values)) === "done") return "written";
  const existing = await store.read(handle);
  if (existing === undefined && dryRun) return "written";
  const isEqual = existing !== undefined && isSame(existing.values, values);
  if (isEqual && again) return "written";
  if (onExisting === "refuse") throw refuseExisting("handle_exists", record);
  if (isEqual || onExisting === "skip") return "kept";
  if (!dryRun) await updateRecord(store, handle, () => values);
  return "replaced";
}
