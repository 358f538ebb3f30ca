import type { NewValue } from "@handlekit/client";
import {
  ADMIN_PERMISSIONS,
  type AdminPermission,
  encodeValue,
  hasType,
  type Operation,
  printable,
  type StoredValue,
} from "@handlekit/core";
import { usageError } from "../usage-error.ts";

export const OPERATIONS = ["create", "change", "read", "list", "delete"] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** @throws HandleError `invalid_options` */
export function readOperationName(text: string): OperationName {
  const name = OPERATIONS.find((each) => each === text);
  if (name !== undefined) return name;
  throw usageError(
    `There is no operation ${JSON.stringify(printable(text))}.`,
    `The operations are ${OPERATIONS.join(", ")}.`,
  );
}

/** The first index from `first` on that no value has. */
export function freeIndex(values: readonly { readonly index: number }[], first: number): number {
  const used = new Set(values.map(({ index }) => index));
  let index = first;
  while (used.has(index)) index++;
  return index;
}

/** A change that adds, modifies and removes a value, each other than HS_ADMIN. */
function anyChange(): Operation {
  const sample = (index: number, data: string) => encodeValue({ index, type: "URL", data });
  return {
    name: "change",
    before: [sample(1, "a"), sample(2, "a")],
    after: [sample(1, "b"), sample(3, "a")],
  };
}

/** Lays values over a record, as `hdl set` does: one without an index replaces the only value of its type, or is added. */
function withValues(before: readonly StoredValue[], values: readonly NewValue[]): readonly StoredValue[] {
  const after = new Map(before.map((value) => [value.index, value]));
  for (const value of values) {
    const present = [...after.values()].filter(({ type }) => hasType(type, value.type));
    if (value.index === undefined && present.length > 1) {
      throw usageError(
        `The record has several values of type ${printable(value.type)}, at ${present.map(({ index }) => index).join(", ")}.`,
        "Name the index: INDEX:TYPE=DATA.",
      );
    }
    const first = hasType(value.type, "HS_ADMIN") ? 100 : 1;
    const index = value.index ?? present[0]?.index ?? freeIndex([...after.values()], first);
    after.set(index, encodeValue({ ...value, index }));
  }
  return [...after.values()];
}

/**
 * Returns core's operation for a name.
 *
 * @param record the values of the handle, undefined if it does not exist
 * @param values for "change" what `hdl set` would write; without them any change of values other than HS_ADMIN is meant
 * @param removed for "change" the indexes that `hdl unset` would delete
 */
export function toOperation(
  name: OperationName,
  record: readonly StoredValue[] | undefined,
  values: readonly NewValue[],
  removed: readonly number[],
): Operation {
  if (values.length + removed.length > 0 && name !== "change") {
    throw usageError(`Values and --remove are for the operation change, not for ${name}.`);
  }
  if (name !== "change") return { name };
  if (values.length + removed.length === 0) return anyChange();
  const before = record ?? [];
  const absent = removed.filter((index) => before.every((value) => value.index !== index));
  if (absent.length > 0) throw usageError(`The record has no value at index ${absent.join(" or ")}.`);
  const kept = before.filter(({ index }) => !removed.includes(index));
  return { name, before, after: withValues(kept, values) };
}

/** Names permissions as the manuals of handle servers do: "add handle". */
export function permissionWords(names: readonly AdminPermission[]): string {
  const words = names.map((name) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** The bits of permissions. */
export function bitsOf(names: readonly AdminPermission[]): number {
  return names.reduce((bits, name) => bits | ADMIN_PERMISSIONS[name], 0);
}
