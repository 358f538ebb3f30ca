import { foldCase, handleKey, hasType, RESPONSE_CODES, VALUE_PERMISSIONS } from "@handlekit/core";
import type { RecordValues, Revision, StoredRecord, StoredValue } from "@handlekit/core/store";
import { refuse } from "../refuse.ts";
import { createAuthoriser } from "./authoriser.ts";
import { type OnHandle, type OperationContext, type ReadContext, recordHandle } from "./context.ts";
import { isStatusHandle, statusValues } from "./status.ts";

/** Removes the public permissions of a secret key, which is never public, whatever a client wrote. */
export function withSafePermissions(value: StoredValue): StoredValue {
  const { publicRead, publicWrite } = VALUE_PERMISSIONS;
  const open = (value.permissions & (publicRead | publicWrite)) !== 0;
  if (!open || !hasType(value.type, "HS_SECKEY")) return value;
  return { ...value, permissions: value.permissions & ~(publicRead | publicWrite) };
}

/** Returns true if everybody may read a value. */
export function isPublic(value: StoredValue): boolean {
  return (withSafePermissions(value).permissions & VALUE_PERMISSIONS.publicRead) !== 0;
}

/** A selection of values: those at one of the indexes or of one of the types; all values if both are empty. */
export interface Selection {
  readonly indexes: readonly number[];
  /** `T` selects the type T, `T.` the type T and all its subtypes, in any case. */
  readonly types: readonly string[];
}

/** Returns the selected values. */
export function selectValues(values: RecordValues, { indexes, types }: Selection): RecordValues {
  if (indexes.length === 0 && types.length === 0) return values;
  const wanted = types.map(foldCase);
  const ofType = ({ type }: StoredValue) => {
    const folded = foldCase(type);
    return wanted.some(
      (w) => folded === w || (w.endsWith(".") && (`${folded}.` === w || folded.startsWith(w))),
    );
  };
  return values.filter((value) => indexes.includes(value.index) || ofType(value));
}

/**
 * Reads the whole record of a handle whose prefix is homed here, with hidden values.
 *
 * @param written the handle as the client wrote it
 * @throws HandleError response code 301, 100
 */
export async function findRecord(context: ReadContext, written: string): Promise<StoredRecord> {
  const handle = recordHandle(written);
  await context.homed.assert(handle, written);
  const record = await context.store.read(handleKey(handle));
  if (record === undefined) throw refuse(RESPONSE_CODES.handleNotFound, "", written);
  return record;
}

/**
 * Reads the selected values of a record: the public ones, or all for an identity that may read them.
 *
 * @param input `publicOnly` leaves out hidden values instead of refusing; default true for an anonymous request
 * @returns the values and the revision, which is undefined for the status handle
 * @throws HandleError response code 102, 301, 100, 402, 400, 401
 */
export async function readRecord(
  context: OperationContext,
  input: OnHandle & { readonly selection: Selection; readonly publicOnly?: boolean | undefined },
): Promise<{ readonly values: RecordValues; readonly revision: Revision | undefined }> {
  const { handle, identity, selection, publicOnly = identity === undefined } = input;
  if (handle === "") throw refuse(RESPONSE_CODES.invalidHandle, "Empty handle invalid");
  if (isStatusHandle(handle)) {
    const values = statusValues(context, input);
    return { values: publicOnly ? [] : selectValues(values, selection), revision: undefined };
  }
  const record = await findRecord(context, handle);
  const selected = selectValues(record.values, selection);
  const hidden = selected.filter((value) => !isPublic(value));
  if (!publicOnly && hidden.length > 0) {
    const authoriser = createAuthoriser(context, input, recordHandle(handle), record);
    authoriser.assertIdentified();
    // Handle.Net stores "0000" as 1000, so administrators read such a value.
    const isClosed = ({ permissions }: StoredValue) =>
      permissions !== 0 && (permissions & VALUE_PERMISSIONS.adminRead) === 0;
    if (hidden.some(isClosed)) {
      throw refuse(RESPONSE_CODES.insufficientPermissions, "", handle);
    }
    await authoriser.assert({ name: "read" });
  }
  const visible = publicOnly ? selected.filter(isPublic) : selected;
  return { values: visible.map(withSafePermissions), revision: record.revision };
}
