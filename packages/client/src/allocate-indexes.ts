import {
  encodeValue,
  HandleError,
  type HandleValueInput,
  quoteForMessage,
  type ValueData,
} from "@handlekit/core";

/** A value to be written whose index may be left to the client. */
export interface NewValue extends Omit<HandleValueInput, "index"> {
  /** Default: the next free one, 1 for the first URL, 100 for HS_ADMIN, else from 2 on. */
  readonly index?: number;
}

/** Values to write: a list, or an object from type to data for the common case of one value a type. */
export type NewValues = readonly NewValue[] | Readonly<Record<string, string | ValueData>>;

/** The list form of {@link NewValues}. */
export function listValues(values: NewValues): readonly NewValue[] {
  if (Array.isArray(values)) return values;
  return Object.entries(values as Readonly<Record<string, string | ValueData>>).map(([type, data]) => ({
    type,
    data,
  }));
}

const FIRST_ADMIN = 100;
const LAST_ADMIN = 199;

function nextFree(type: string, used: ReadonlySet<number>): number {
  const isUrl = type === "URL";
  const isAdmin = type === "HS_ADMIN";
  let index = isUrl ? 1 : isAdmin ? FIRST_ADMIN : 2;
  const reserved = (i: number) => !isAdmin && i >= FIRST_ADMIN && i <= LAST_ADMIN;
  while (used.has(index) || reserved(index)) index++;
  return index;
}

/**
 * Refuses a text as the data of HS_ADMIN, which servers take.
 *
 * @throws HandleError `invalid_value`
 */
export function assertAdminData({ type, data }: NewValue): void {
  const isText = typeof data === "string" || data?.format === "string";
  if (type !== "HS_ADMIN" || !isText) return;
  throw new HandleError("invalid_value", {
    message:
      "The data of an HS_ADMIN value are not a text; a record with such a value could be changed by nobody.",
    hint: 'Write { format: "admin", value: { handle, index, permissions } }, or leave HS_ADMIN out: one is added.',
  });
}

/** A secret key that nobody said may be public is not: servers give every value the same default. */
function withSafePermissions(value: HandleValueInput): HandleValueInput {
  const isSecret = value.type.toUpperCase() === "HS_SECKEY" && value.permissions === undefined;
  return isSecret ? { ...value, permissions: "1100" } : value;
}

/**
 * Gives each value without an index one that is free: URL from 1, HS_ADMIN from 100, others from 2, all but HS_ADMIN
 * leaving out 100 to 199. An HS_SECKEY without permissions gets "1100". The same rule as B2HANDLE's, so that records look alike.
 *
 * @param values in the order they were given
 * @param taken indexes that the record uses already
 * @throws HandleError `invalid_value` when an index stands twice among the values, or a value cannot be written
 */
export function allocateIndexes(
  values: readonly NewValue[],
  taken: Iterable<number> = [],
): HandleValueInput[] {
  const used = new Set(taken);
  const given = new Set<number>();
  for (const value of values) {
    const { index, type } = value;
    assertAdminData(value);
    if (index === undefined) continue;
    if (given.has(index)) {
      throw new HandleError("invalid_value", {
        message: `Index ${index} is given twice, the second time for ${quoteForMessage(type)}.`,
        hint: "Give each value an index of its own, or leave it out.",
      });
    }
    given.add(index);
    used.add(index);
  }
  return values.map((value) => {
    const index = value.index ?? nextFree(value.type, used);
    used.add(index);
    const complete = withSafePermissions({ ...value, index });
    encodeValue(complete);
    return complete;
  });
}
