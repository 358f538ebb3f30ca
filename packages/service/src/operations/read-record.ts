import { foldCase, handleKey, hasType, RESPONSE_CODES, VALUE_PERMISSIONS } from "@handlekit/core";
import type { RecordValues, Revision, StoredRecord, StoredValue } from "@handlekit/core/store";
import { createDerived } from "../derived.ts";
import { refuse } from "../refuse.ts";
import { type Authoriser, createAuthoriser } from "./authoriser.ts";
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

/** The selection of all values. */
export const EVERYTHING: Selection = { indexes: [], types: [] };

/** Creates the function that returns the public values of a record: from the second time on, the same array for the same one. */
export function createPublicValues(): ReadContext["publicValues"] {
  const known = createDerived<RecordValues, RecordValues>();
  return (values) => {
    if (values.every(isPublic)) return values;
    const found = known.get(values);
    if (found !== undefined) return found;
    const shown = values.filter(isPublic);
    known.set(values, shown);
    return shown;
  };
}

/** The most types with all their subtypes (`T.`) in a selection. */
const MAX_SUPERTYPES = 100;

/**
 * Returns the selected values.
 *
 * @throws HandleError response code 4 for more than 100 types with their subtypes
 */
export function selectValues(values: RecordValues, { indexes, types }: Selection): RecordValues {
  if (indexes.length === 0 && types.length === 0) return values;
  const wantedIndexes = new Set(indexes);
  const wantedTypes = new Set(types.map(foldCase));
  const supertypes = [...wantedTypes].filter((type) => type.endsWith("."));
  if (supertypes.length > MAX_SUPERTYPES) {
    const message = `More than ${MAX_SUPERTYPES} types with their subtypes were selected`;
    throw refuse(RESPONSE_CODES.protocolError, message);
  }
  return values.filter(({ index, type }) => {
    if (wantedIndexes.has(index)) return true;
    if (wantedTypes.size === 0) return false;
    const folded = foldCase(type);
    return (
      wantedTypes.has(folded) || supertypes.some((each) => `${folded}.` === each || folded.startsWith(each))
    );
  });
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

/** Handle.Net stores "0000" as 1000, so administrators read such a value. */
function isClosed({ permissions }: StoredValue): boolean {
  return permissions !== 0 && (permissions & VALUE_PERMISSIONS.adminRead) === 0;
}

/**
 * Returns the selected values that the identity may read. If it may not read the hidden ones, it cannot tell them from
 * absent ones: a selected index must be that of a public value, and values of a selected type are left out.
 *
 * @throws HandleError response code 402, 400, 401
 */
async function readable(
  may: Authoriser,
  all: RecordValues,
  selected: RecordValues,
  { handle, selection: { indexes, types } }: OnHandle & { readonly selection: Selection },
): Promise<RecordValues> {
  const isSelection = indexes.length > 0 || types.length > 0;
  const shown = new Set(all.filter(isPublic).map(({ index }) => index));
  const needsMore = isSelection ? indexes.some((index) => !shown.has(index)) : shown.size < all.length;
  if (needsMore) may.assertIdentified();
  const hidden = selected.filter((value) => !isPublic(value));
  if (hidden.length === 0 && !needsMore) return selected;
  const { allowed } = await may.ask({ name: "read" });
  if (hidden.some(isClosed) && (allowed || !isSelection)) {
    throw refuse(RESPONSE_CODES.insufficientPermissions, "", handle, "Nobody may read one of the values");
  }
  if (allowed) return selected;
  if (needsMore) await may.assert({ name: "read" });
  return selected.filter(isPublic);
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
  const { values, revision } = await findRecord(context, handle);
  if (publicOnly) return { values: selectValues(context.publicValues(values), selection), revision };
  const selected = selectValues(values, selection);
  const may = createAuthoriser(context, input, recordHandle(handle), { values });
  const visible = await readable(may, values, selected, input);
  return { values: visible.map(withSafePermissions), revision };
}
