import { setTimeout } from "node:timers/promises";
import { foldCase, handleKey, prefixOf } from "@handlekit/core";
import type { RecordValues, Revision } from "@handlekit/core/store";
import { type ArdcAnswer, type Failure, fail, fault, isFailure } from "../answer.ts";
import type { ArdcContext, Owner } from "../ardc-context.ts";
import { ownerKeyOf, ownerOf, shownProperties } from "../records/values.ts";
import { findRecord } from "./find-record.ts";

/** Among other processes; within this one, changes of a handle wait for each other. */
const MAX_ROUNDS = 50;
const DENIED = fail("Request Denied. Only the admin of this handle can add values", 403);

/** True when the handle that a record names as its owner has the caller's key. */
async function isOwner(context: ArdcContext, owner: Owner, values: RecordValues): Promise<boolean> {
  const named = ownerOf(values);
  if (named === undefined || foldCase(prefixOf(named)) !== foldCase(context.prefix)) return false;
  const record = await context.store.read(handleKey(named));
  return record !== undefined && ownerKeyOf(record.values) === owner.key;
}

/** A change of one handle. */
export interface Change {
  /** As the client wrote it. */
  readonly handle: string;
  /** What the record should become, or why it should not. */
  readonly decide: (values: RecordValues) => RecordValues | Failure;
  /** The text of the answer. */
  readonly done: string;
  /** The text when the store fails. */
  readonly broken: string;
}

/**
 * Changes a handle of the caller's, and shows it as it is then: begins again when another change comes between.
 */
export function changeOwned(context: ArdcContext, owner: Owner, change: Change): Promise<ArdcAnswer> {
  return context.inTurn(context, handleKey(change.handle), () => changeNow(context, owner, change));
}

async function changeNow(context: ArdcContext, owner: Owner, change: Change): Promise<ArdcAnswer> {
  const { handle, decide, done, broken } = change;
  const commit = async (expected: Revision, next: RecordValues): Promise<"done" | "conflict" | Failure> => {
    try {
      return await context.store.commit(handleKey(handle), expected, next);
    } catch (error) {
      context.log?.error("ARDC: the store failed", { handle, error });
      return fail(broken, 500);
    }
  };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const record = await findRecord(context, handle);
    if (isFailure(record)) return record;
    const ours = foldCase(prefixOf(handle)) === foldCase(context.prefix);
    if (!ours || !(await isOwner(context, owner, record.values))) return DENIED;
    const next = decide(record.values);
    if (isFailure(next)) return next;
    const outcome = await commit(record.revision, next);
    if (isFailure(outcome)) return outcome;
    if (outcome === "done") {
      return { text: done, content: { identifier: { handle, properties: shownProperties(next) } } };
    }
    await setTimeout(Math.random() * Math.min(100, 2 ** round));
  }
  context.log?.error("ARDC: other processes kept changing a handle", { handle });
  return fault("The handle is being changed by others; try again", 500);
}
