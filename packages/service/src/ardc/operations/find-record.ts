import { handleKey, isHandleError } from "@handlekit/core";
import type { StoredRecord } from "@handlekit/core/store";
import { isPublic } from "../../handles/visible.ts";
import { type Failure, handleNotFound } from "../answer.ts";
import type { ArdcContext } from "../ardc-context.ts";

async function isHomed(context: ArdcContext, handle: string): Promise<boolean> {
  try {
    await context.homed.assert(handle);
    return true;
  } catch (error) {
    if (isHandleError(error, "prefix_not_served")) return false;
    throw error;
  }
}

/**
 * The record of a handle of any prefix that is homed here, as everybody finds it.
 *
 * @param handle as the client wrote it
 */
export async function findRecord(context: ArdcContext, handle: string): Promise<StoredRecord | Failure> {
  const record = (await isHomed(context, handle)) ? await context.store.read(handleKey(handle)) : undefined;
  return record?.values.some(isPublic) ? record : handleNotFound(handle);
}
