import { HandleError, handleKey, RESPONSE_CODES, sameValue } from "@handlekit/core";
import type { RecordValues, StoredRecord } from "@handlekit/core/store";
import type { ServiceContext } from "../context.ts";
import { entityTag } from "./entity-tag.ts";
import type { HandleCall } from "./handle-call.ts";
import { refuse } from "./refuse.ts";

const MAX_ROUNDS = 50;

/** New and changed values get the present time; a value that stays equal keeps its own. */
function stamped(before: RecordValues, after: RecordValues, now: number): RecordValues {
  const old = new Map(before.map((value) => [value.index, value]));
  const timestamp = Math.floor(now / 1000);
  return after.map((value) => {
    const was = old.get(value.index);
    return was !== undefined && sameValue(was, value) ? was : { ...value, timestamp };
  });
}

/** If-Match: the record must still be the one that the client read. */
function assertMatch(call: HandleCall, record: StoredRecord | undefined): void {
  const wanted = call.request.headers["if-match"];
  if (wanted === undefined) return;
  const tags = wanted.split(",").map((tag) => tag.trim());
  if (record !== undefined && (tags.includes("*") || tags.includes(entityTag(record.revision)))) return;
  throw new HandleError("record_changed", {
    message: "The record has been changed since it was read (If-Match)",
    handle: call.echo,
    responseCode: RESPONSE_CODES.protocolError,
    status: 412,
  });
}

/**
 * Changes one record: reads it, has `decide` say what it should become (and refuse by throwing), and commits on the
 * revision that was read; begins again when another change came between.
 *
 * @param decide gets the values, undefined when there is no record; gives the next ones, null to remove it
 * @returns the values before
 * @throws HandleError with status 412 when If-Match names another state; response code 3 after too many conflicts
 */
export async function changeRecord(
  context: ServiceContext,
  call: HandleCall,
  decide: (before: RecordValues | undefined) => Promise<RecordValues | null>,
): Promise<RecordValues | undefined> {
  const key = handleKey(call.handle);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const record = await context.store.read(key);
    const next = await decide(record?.values);
    assertMatch(call, record);
    const values = next === null ? null : stamped(record?.values ?? [], next, context.now());
    const outcome = await context.store.commit(key, record?.revision ?? "absent", values);
    if (outcome === "done") return record?.values;
  }
  throw refuse(RESPONSE_CODES.serverTooBusy, "The handle is being changed by others; try again", call.echo);
}
