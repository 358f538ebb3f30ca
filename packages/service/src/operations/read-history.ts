import { handleKey, RESPONSE_CODES } from "@handlekit/core";
import type { AuditTrail, ChainedEntry, RecordValues } from "@handlekit/core/store";
import { refuse } from "../refuse.ts";
import { createAuthoriser } from "./authoriser.ts";
import { type OnHandle, type OperationContext, recordHandle } from "./context.ts";

/** The entries that are read at a time: each may have two large records. */
const STEP = 4;
/** A response ends after the entry with which its values have this many bytes. */
const MAX_BYTES = 4 * 1_048_576;

const bytesOf = (values: RecordValues = []) => values.reduce((sum, { data }) => sum + data.length, 0);

/** Resolves to the newest entries, as many as a response may have. */
async function readEntries(
  audit: AuditTrail,
  query: Parameters<AuditTrail["history"]>[0],
): Promise<ChainedEntry[]> {
  const found: ChainedEntry[] = [];
  let bytes = 0;
  while (found.length < query.limit) {
    const before = found.at(-1)?.number ?? query.before;
    const limit = Math.min(STEP, query.limit - found.length);
    const step = await audit.history({ key: query.key, before, limit });
    for (const each of step) {
      found.push(each);
      bytes += bytesOf(each.entry.before) + bytesOf(each.entry.after);
      if (bytes > MAX_BYTES) return found;
    }
    if (step.length < limit) break;
  }
  return found;
}

/**
 * Reads the history of a handle, the newest entries first, for who may read its hidden values. A record that was removed
 * is judged by its last state. Entries with a state that the identity could not read then, as of a former owner, are
 * left out.
 *
 * @param input `before` is the number of an entry: only older ones are read. `limit` is at least 1
 * @returns the entries, and `next`, the number before which there are older ones
 * @throws HandleError response code 5 if the store keeps no audit; 301, 402, 100, 400
 */
export async function readHistory(
  context: OperationContext,
  input: OnHandle & { readonly before: number | undefined; readonly limit: number },
): Promise<{ readonly entries: readonly ChainedEntry[]; readonly next: number | undefined }> {
  const { store, homed } = context;
  const handle = recordHandle(input.handle);
  await homed.assert(handle, input.handle);
  const { audit } = store;
  if (audit === undefined) {
    throw refuse(RESPONSE_CODES.operationNotSupported, "This server keeps no history", input.handle);
  }
  const key = handleKey(handle);
  const record = await store.read(key);
  const [last] = record === undefined ? await audit.history({ key, limit: 1 }) : [];
  const values = record?.values ?? last?.entry.before;
  const may = createAuthoriser(context, input, handle, { values });
  may.assertIdentified();
  // Who may not read it is not told that there was a handle.
  if (values === undefined || (record === undefined && !(await may.ask({ name: "read" })).allowed)) {
    throw refuse(RESPONSE_CODES.handleNotFound, "", input.handle);
  }
  await may.assert({ name: "read" });
  const read = await readEntries(audit, { key, before: input.before, limit: input.limit });
  const before = read.at(-1)?.number;
  const older = before === undefined ? [] : await audit.history({ key, before, limit: 1 });
  const couldRead = async (state: RecordValues | undefined) =>
    state === undefined ||
    (await createAuthoriser(context, input, handle, { values: state }).ask({ name: "read" })).allowed;
  const entries: ChainedEntry[] = [];
  for (const each of read) {
    if ((await couldRead(each.entry.before)) && (await couldRead(each.entry.after))) entries.push(each);
  }
  return { entries, next: older.length > 0 ? before : undefined };
}
