import { foldCase, handleKey, RESPONSE_CODES, VALUE_PERMISSIONS } from "@handlekit/core";
import type { RecordValues, Revision, StoredRecord, StoredValue } from "@handlekit/core/store";
import { refuse } from "../refuse.ts";
import { createAuthoriser } from "./authoriser.ts";
import { type OnHandle, type OperationContext, type ReadContext, recordHandle } from "./context.ts";
import { isStatusHandle, statusValues } from "./status.ts";

/** Without the public bits for a secret key, whatever it was sent or stored with: it is never public. */
export function withSafePermissions(value: StoredValue): StoredValue {
  const { publicRead, publicWrite } = VALUE_PERMISSIONS;
  const open = (value.permissions & (publicRead | publicWrite)) !== 0;
  if (value.type.toUpperCase() !== "HS_SECKEY" || !open) return value;
  return { ...value, permissions: value.permissions & ~(publicRead | publicWrite) };
}

/** True when everybody may read a value. */
export function isPublic(value: StoredValue): boolean {
  return (withSafePermissions(value).permissions & VALUE_PERMISSIONS.publicRead) !== 0;
}

/** Which values of a record are wanted: those at one of the indexes or of one of the types; all when both are empty. */
export interface Selection {
  readonly indexes: readonly number[];
  /** `T` selects the type T, `T.` the type T and all its subtypes, in any case. */
  readonly types: readonly string[];
}

/** The values that a selection selects. */
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
 * The whole record of a handle whose prefix is homed here, hidden values included.
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
 * Reads the selected values of a record: the public ones or, for an identity that may read them, all.
 *
 * @param input `publicOnly` leaves hidden values out instead of refusing; default for nobody
 * @returns the values, none of them a public secret key, and the revision; undefined for the status handle
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
    if (hidden.some((value) => (value.permissions & VALUE_PERMISSIONS.adminRead) === 0)) {
      throw refuse(RESPONSE_CODES.insufficientPermissions, "", handle);
    }
    await authoriser.assert({ name: "read" });
  }
  const visible = publicOnly ? selected.filter(isPublic) : selected;
  return { values: visible.map(withSafePermissions), revision: record.revision };
}
