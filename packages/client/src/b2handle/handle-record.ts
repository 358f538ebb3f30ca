import type { HandleValue, ValueData } from "@handlekit/core";
import { isLocType } from "@handlekit/loc";

/** A record as the REST API gives it. */
export interface HandleRecordJson {
  /** 1; 200 when the record has no value that may be seen. */
  readonly responseCode: number;
  readonly handle: string;
  /** By ascending index. */
  readonly values: readonly HandleValue[];
}

/** True when two types are the same; `10320/loc` is B2HANDLE's `10320/LOC`, too. */
export function isSameType(a: string, b: string): boolean {
  return a === b || (isLocType(a) && isLocType(b));
}

function textOf({ value }: ValueData): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The record as one object from type to text, the first value of each type. */
export function flattenRecord(values: readonly HandleValue[]): Record<string, string> {
  const flat = new Map<string, string>();
  for (const { type, data } of values) if (!flat.has(type)) flat.set(type, textOf(data));
  return Object.fromEntries(flat);
}

/** The indexes of the values of a type. */
export function indicesOf(key: string, values: readonly Pick<HandleValue, "index" | "type">[]): number[] {
  return values.filter(({ type }) => isSameType(type, key)).map(({ index }) => index);
}
