import {
  checkArgument,
  HandleError,
  type HandleValue,
  type HandleValueInput,
  hasType,
  invalidOptions,
  normalizeHandle,
} from "@handlekit/core";
import { checkCount, TEXT } from "../check-call.ts";
import type { ClientContext } from "../context.ts";
import { type HistoryEntry, MAX_NUMBER } from "../reading/history-entry.ts";
import { readHistoryEntry } from "../reading/read-history.ts";
import { readExisting } from "../reading/read-record.ts";
import { type Change, differenceOf, withWarnings } from "./change.ts";
import { createExactly } from "./create-record.ts";
import { replaceValues } from "./modify-record.ts";
import { assertAdminUntouched, checkWrite, type WriteOptions } from "./write-options.ts";

/** Options of restoring a state. */
export interface RestoreOptions extends WriteOptions {
  /** Which state of the entry: the one `"after"` its change, or the one `"before"` it. Default `"after"`. */
  readonly state?: "before" | "after" | undefined;
}

const isSecret = ({ type }: HandleValueInput) => hasType(type, "HS_SECKEY");

function stateOf(
  { number, before, after }: HistoryEntry,
  handle: string,
  state: "before" | "after",
): readonly HandleValue[] {
  const values = state === "before" ? before : after;
  if (values !== undefined) return values;
  const [message, hint] =
    state === "after"
      ? [
          `Entry ${number} deleted ${handle}: there is no state after it; nothing was changed.`,
          'Restore the state before it, with the option state: "before".',
        ]
      : [
          `Entry ${number} created ${handle}: there is no state before it; nothing was changed.`,
          "To remove the handle, delete it.",
        ];
  throw new HandleError("invalid_options", { message, hint, handle });
}

/** Returns what is to be said about the secret keys of both states, of which none is written. */
function secretWarnings(wanted: readonly HandleValue[], present: readonly HandleValue[]): readonly string[] {
  const kept = present.filter(isSecret).map(({ index }) => index);
  const lost = wanted.filter((value) => isSecret(value) && !kept.includes(value.index));
  const hidden = wanted.filter((value) => !isSecret(value) && kept.includes(value.index));
  return [
    ...kept.map(
      (index) => `the present HS_SECKEY value at index ${index} is kept: a history has no secret keys`,
    ),
    ...lost.map(
      ({ index }) =>
        `the HS_SECKEY value at index ${index} is not restored: a history has no secret keys; set it anew`,
    ),
    ...hidden.map(
      ({ index, type }) =>
        `the value of type ${type} at index ${index} is not restored: HS_SECKEY is there now`,
    ),
  ];
}

/** Restores a state of a record; see `HandleClient.restore`. */
export async function restoreRecord(
  context: ClientContext,
  text: string,
  number: number,
  how: RestoreOptions = {},
): Promise<Change> {
  checkWrite("restore", text, how, { state: TEXT });
  checkArgument("restore", "number", number, ["number"]);
  checkCount("restore", "number", number, 1, MAX_NUMBER - 1);
  const { state = "after" } = how;
  if (state !== "after" && state !== "before") {
    throw invalidOptions('restore: the option state is neither "before" nor "after".');
  }
  const { connection, settings } = context;
  const handle = normalizeHandle(text);
  const entry = await readHistoryEntry(context, handle, number, how.signal);
  const wanted = stateOf(entry, handle, state);
  const record = await readExisting(connection, handle, how);
  const present = record?.values ?? [];
  const secrets = present.filter(isSecret);
  const occupied = new Set(secrets.map(({ index }) => index));
  const values = wanted
    .filter((value) => !isSecret(value) && !occupied.has(value.index))
    .map(({ timestamp: _set, ...kept }): HandleValueInput => kept);
  const warnings = secretWarnings(wanted, present);
  if (record === undefined) {
    if (how.ifUnchanged !== undefined) {
      throw new HandleError("record_changed", {
        message: `${handle} has been deleted since it was read; nothing was written.`,
        hint: "Leave ifUnchanged out to create it again: that fails if it exists by then.",
        handle,
      });
    }
    return withWarnings(await createExactly(context, handle, values, how), warnings);
  }
  const next = [...values, ...secrets];
  const touched = differenceOf(present, next).flatMap((one) => [
    ...("before" in one ? [one.before] : []),
    ...("after" in one ? [one.after] : []),
  ]);
  assertAdminUntouched(settings, handle, touched, "written");
  const staying = new Set(next.map(({ index }) => index));
  const removed = present.map(({ index }) => index).filter((index) => !staying.has(index));
  return withWarnings(await replaceValues(context, record, values, removed, how), warnings);
}
