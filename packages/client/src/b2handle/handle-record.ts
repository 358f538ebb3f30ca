import { type HandleValue, normalizeHandle, sameHandle, type ValueData } from "@handlekit/core";
import { isLoc } from "../writing/location-values.ts";

/** A record in the form of the REST API. */
export interface HandleRecordJson {
  /** 1, or 200 if the record has no value that may be seen. */
  readonly responseCode: number;
  readonly handle: string;
  /** By ascending index. */
  readonly values: readonly HandleValue[];
}

/** Returns true if two types are the same; `10320/LOC`, as B2HANDLE writes it, is `10320/loc`. */
export function isSameType(a: string, b: string): boolean {
  return a === b || (isLoc(a) && isLoc(b));
}

function textOf({ value }: ValueData): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Returns a record as one object from type to text, with the first value of each type. */
export function flattenRecord(values: readonly HandleValue[]): Record<string, string> {
  const flat = new Map<string, string>();
  for (const { type, data } of values) if (!flat.has(type)) flat.set(type, textOf(data));
  return Object.fromEntries(flat);
}

/** Returns the indexes of the values of a type. */
export function indicesOf(key: string, values: readonly Pick<HandleValue, "index" | "type">[]): number[] {
  return values.filter(({ type }) => isSameType(type, key)).map(({ index }) => index);
}

/** Returns the values of a record that was read before; undefined if it is not the record of this handle. */
export function valuesOf(
  record: HandleRecordJson | null | undefined,
  handle: string,
): readonly HandleValue[] | undefined {
  if (!record || !sameHandle(record.handle, normalizeHandle(handle))) return undefined;
  return record.values ?? [];
}
