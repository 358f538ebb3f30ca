import type { FoundKey } from "../credentials.ts";
import type { Layer } from "../layer/layer.ts";
import { FIELD_NAMES, type FieldName, type Fields, SECRET_FIELDS } from "../layer/read-fields.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { printable } from "../problem.ts";

/** As much of an appId as tells it from others: some are the plain SHA-1 of the shared secret. */
const APP_ID_SHOWN = 8;

function shown(field: FieldName, value: Fields[FieldName]): string | undefined {
  if ((SECRET_FIELDS as readonly string[]).includes(field)) return undefined;
  if (typeof value === "object") return value.length === 0 ? "every key" : printable(value.join(", "));
  if (field !== "appId") return printable(String(value));
  const text = printable(String(value));
  return text.length > APP_ID_SHOWN ? `${text.slice(0, APP_ID_SHOWN)}…` : text;
}

/**
 * The known keys that a layer has.
 *
 * @param unread fields that were not looked at, because another layer goes first
 * @param ignored fields that were looked at and are not used
 */
export function findKeys(
  { fields, reporter }: Layer,
  { unread, ignored }: { readonly unread: readonly FieldName[]; readonly ignored: readonly FieldName[] },
): readonly FoundKey[] {
  return FIELD_NAMES.flatMap((key) => {
    const value = fields[key];
    if (value === undefined) return [];
    return omitUndefined({
      key,
      where: reporter.where(key),
      shown: unread.includes(key) ? undefined : shown(key, value),
      ignored: unread.includes(key) || ignored.includes(key) ? (true as const) : undefined,
    });
  });
}
