import { handleKey } from "@handlekit/core";
import {
  auditEntry,
  type HandleStore,
  type RecordValues,
  type StoredRecord,
  updateRecord,
} from "@handlekit/core/store";

/** The login of the commands, in the audit: whoever can use them has the data directory. */
const COMMAND = { identity: undefined, scheme: "command", address: undefined } as const;

/** Changes a record as `updateRecord` does, and writes into the audit that a command did. */
export function updateAudited(
  store: HandleStore,
  handle: string,
  decide: (record: StoredRecord | undefined) => RecordValues | null,
): Promise<{ readonly before: RecordValues | undefined; readonly after: RecordValues | null }> {
  return updateRecord(store, handleKey(handle), decide, {
    audit: (before, after) => auditEntry({ ...COMMAND, time: new Date(), handle, before, after }),
  });
}

/** Writes into the audit what a command did, if that is no change of a record. */
export async function auditCommand(store: HandleStore, operation: string, handle: string): Promise<void> {
  const time = new Date();
  await store.audit?.add({ ...COMMAND, time, operation, handle, before: undefined, after: undefined });
}
