import {
  checkArgument,
  HandleError,
  type HandleValueInput,
  hasType,
  permissionBits,
  quoteForMessage,
  type ValueData,
} from "@handlekit/core";
import { checkPlainObject } from "../check-call.ts";
import { assertWritable } from "./slips.ts";

/** A value to be written. Without an index it gets a free one. */
export interface NewValue extends Omit<HandleValueInput, "index"> {
  /** Default: the next free index, from 1 for a URL, from 100 for HS_ADMIN, else from 2. */
  readonly index?: number | undefined;
}

/** Values to be written: a list, or an object from type to data for the common case of one value per type. */
export type NewValues = readonly NewValue[] | Readonly<Record<string, string | ValueData>>;

/**
 * Returns the list form of {@link NewValues}.
 *
 * @throws HandleError `invalid_options` for anything else
 */
export function listValues(values: NewValues, caller: string, what = "values"): readonly NewValue[] {
  checkArgument(caller, what, values, ["array", "object"]);
  if (!Array.isArray(values)) {
    checkPlainObject(caller, what, values);
    const entries = Object.entries(values as Readonly<Record<string, string | ValueData>>);
    return entries.map(([type, data]) => ({ type, data }));
  }
  const given: readonly NewValue[] = values;
  for (const [i, value] of given.entries()) {
    checkArgument(caller, `${what}[${i}]`, value, ["object"]);
    checkArgument(caller, `${what}[${i}].type`, value.type, ["string"]);
    checkArgument(caller, `${what}[${i}].index`, value.index, ["number", "undefined"]);
  }
  return given;
}

const FIRST_ADMIN = 100;
const LAST_ADMIN = 199;

function nextFree(type: string, used: ReadonlySet<number>): number {
  const isUrl = type === "URL";
  const isAdmin = hasType(type, "HS_ADMIN");
  let index = isUrl ? 1 : isAdmin ? FIRST_ADMIN : 2;
  const reserved = (i: number) => !isAdmin && i >= FIRST_ADMIN && i <= LAST_ADMIN;
  while (used.has(index) || reserved(index)) index++;
  return index;
}

/**
 * Refuses data of HS_ADMIN that servers accept, but that are slips: text, and permissions of another length or with other
 * characters, which grant others than their author meant.
 *
 * @throws HandleError `invalid_value`
 */
export function assertAdminData({ type, data }: NewValue): void {
  if (!hasType(type, "HS_ADMIN")) return;
  if (typeof data === "string" || data?.format === "string") {
    throw new HandleError("invalid_value", {
      message:
        "The data of an HS_ADMIN value must not be text: nobody could change a record with such a value.",
      hint: 'Write { format: "admin", value: { handle, index, permissions } }, or leave HS_ADMIN out: one is added.',
    });
  }
  const permissions: unknown = data?.format === "admin" ? data.value?.permissions : undefined;
  if (typeof permissions === "string" && permissions !== "*") permissionBits(permissions);
}

/** Hides a secret key whose permissions were not given; the default of servers is public. */
function withSafePermissions(value: HandleValueInput): HandleValueInput {
  const isSecret = hasType(value.type, "HS_SECKEY") && value.permissions === undefined;
  return isSecret ? { ...value, permissions: "1100" } : value;
}

/**
 * Gives each value without an index a free one: URL from 1, HS_ADMIN from 100, others from 2, all but HS_ADMIN skipping
 * 100 to 199. An HS_SECKEY without permissions gets "1100". B2HANDLE has the same rule, so that records look alike.
 *
 * @param values in the order in which they were given
 * @param taken the indexes that the record uses
 * @throws HandleError `invalid_value` if two values have one index, or a value cannot be written
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
        message: `Two of the values have index ${index}; the second is of type ${quoteForMessage(type)}.`,
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
    if (index < 1) {
      throw new HandleError("invalid_value", {
        message: `A new value cannot have index ${index}.`,
        hint: "Indexes begin at 1; leave it out to get a free one.",
      });
    }
    assertWritable(complete);
    return complete;
  });
}
