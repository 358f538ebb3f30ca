import { handleKey, isHandleError } from "@handlekit/core";
import type { RecordValues } from "@handlekit/core/store";
import { isPublic } from "../../operations/visible.ts";
import { type ArdcFailure, handleNotFound } from "../answer.ts";
import type { ArdcContext } from "../context.ts";

/** True when the prefix of a handle is homed here. */
export async function isHomed(context: ArdcContext, handle: string): Promise<boolean> {
  try {
    await context.homed.assert(handle);
    return true;
  } catch (error) {
    if (isHandleError(error, "prefix_not_served")) return false;
    throw error;
  }
}

/** True for a record that the public can find. */
export function isPublicRecord(values: RecordValues | undefined): values is RecordValues {
  return values?.some(isPublic) ?? false;
}

/**
 * The values of a handle of any prefix that is homed here, as the public finds it.
 *
 * @param handle as the client wrote it
 */
export async function findPublicValues(
  context: ArdcContext,
  handle: string,
): Promise<RecordValues | ArdcFailure> {
  const record = (await isHomed(context, handle)) ? await context.store.read(handleKey(handle)) : undefined;
  return isPublicRecord(record?.values) ? record.values : handleNotFound(handle);
}
