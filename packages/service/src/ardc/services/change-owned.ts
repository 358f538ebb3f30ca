import { foldCase, handleKey, isHandleError, prefixOf } from "@handlekit/core";
import { type RecordValues, updateRecord } from "@handlekit/core/store";
import { auditChange } from "../../operations/audit-change.ts";
import { assertSize } from "../../operations/change-record.ts";
import { type ArdcAnswer, type ArdcFailure, fail, fault, handleNotFound, isFailure } from "../answer.ts";
import type { ArdcContext, Owner } from "../context.ts";
import { ownerKeyOf, ownerOf, shownProperties } from "../records/values.ts";
import { isHomed, isPublicRecord } from "./read-handles.ts";

const DENIED = fail("Request Denied. Only the admin of this handle can add values", 403);

/** Resolves to true if the owner handle in a record has the caller's key. */
async function isOwner(context: ArdcContext, owner: Owner, values: RecordValues): Promise<boolean> {
  const named = ownerOf(values);
  if (named === undefined || foldCase(prefixOf(named)) !== foldCase(context.prefix)) return false;
  const record = await context.store.read(handleKey(named));
  return record !== undefined && ownerKeyOf(record.values) === owner.key;
}

/** A change of a handle that the caller must own. */
export interface OwnedChange {
  /** The handle as the client wrote it. */
  readonly handle: string;
  /** Returns the next values of the record, or a failure. */
  readonly decide: (values: RecordValues) => RecordValues | ArdcFailure;
  /** The text of the response if it succeeds. */
  readonly done: string;
  /** The text of the response if the store fails. */
  readonly broken: string;
}

/** Changes a handle that the caller owns. The response shows it after the change. */
export async function changeOwned(
  context: ArdcContext,
  owner: Owner,
  { handle, decide, done, broken }: OwnedChange,
): Promise<ArdcAnswer> {
  if (!(await isHomed(context, handle))) return handleNotFound(handle);
  const ours = foldCase(prefixOf(handle)) === foldCase(context.prefix);
  let failure: ArdcFailure | undefined;
  try {
    const { after } = await updateRecord(
      context.store,
      handleKey(handle),
      async (record) => {
        const values = record?.values ?? null;
        const refuse = (why: ArdcFailure) => {
          failure = why;
          return values;
        };
        failure = undefined;
        if (values === null || !isPublicRecord(values)) return refuse(handleNotFound(handle));
        if (!ours || !(await isOwner(context, owner, values))) return refuse(DENIED);
        const next = decide(values);
        if (isFailure(next)) return refuse(next);
        assertSize(values, next, handle);
        return next;
      },
      auditChange(context, handle, owner),
    );
    if (failure !== undefined) return failure;
    return { text: done, content: { identifier: { handle, properties: shownProperties(after ?? []) } } };
  } catch (error) {
    if (isHandleError(error, "server_busy")) {
      return { ...fault("Other clients are changing the handle; try again", 500), error };
    }
    if (isHandleError(error, "invalid_value")) return fail(error.message, 400);
    return { ...fail(broken, 500), error };
  }
}
