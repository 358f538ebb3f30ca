import { type HandleValueInput, prefixHandle, prefixOf } from "@handlekit/core";
import { allocateIndexes, listValues, type NewValue, type NewValues } from "./allocate-indexes.ts";
import type { ClientSettings } from "./settings.ts";

/** The HS_ADMIN of a new handle, for its owner. */
function adminValue(handle: string, { owner, permissions }: ClientSettings): NewValue {
  const reference = owner ?? { index: 200, handle: prefixHandle(prefixOf(handle)) };
  return { type: "HS_ADMIN", data: { format: "admin", value: { ...reference, permissions } } };
}

/**
 * The values of a new record: those given, HS_ADMIN added unless there is one, every index chosen.
 *
 * @throws HandleError `invalid_value`
 */
export function newRecord(handle: string, values: NewValues, settings: ClientSettings): HandleValueInput[] {
  const given = listValues(values);
  const owned = given.some((value) => value.type === "HS_ADMIN");
  return allocateIndexes(owned ? given : [adminValue(handle, settings), ...given]);
}
