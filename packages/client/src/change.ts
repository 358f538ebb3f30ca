import { formatReference, type HandleValue, type HandleValueInput, sameBytes } from "@handlekit/core";
import { valueBytes } from "./digest.ts";
import { printable } from "./printable.ts";

/** What happened, or with `dryRun` would happen, to one value. */
export type ValueDifference =
  | { readonly kind: "added"; readonly index: number; readonly after: HandleValueInput }
  | { readonly kind: "removed"; readonly index: number; readonly before: HandleValue }
  | {
      readonly kind: "changed";
      readonly index: number;
      readonly before: HandleValue;
      readonly after: HandleValueInput;
    };

/** The outcome of a write. */
export interface Change {
  /** The handle, as the server names it. */
  readonly handle: string;
  /** The protocol's response code; absent when nothing was sent. */
  readonly responseCode?: number;
  /** True when the handle was created. */
  readonly created: boolean;
  /** True when nothing was sent, because only the difference was wanted, or there was none. */
  readonly dryRun: boolean;
  /** The values that were seen before; empty for a new handle. */
  readonly before: readonly HandleValue[];
  /** The values as they are now meant to be; empty for a deleted handle. */
  readonly after: readonly HandleValueInput[];
  readonly difference: readonly ValueDifference[];
  /** The difference, one line a value, for people; secret keys are not shown. Printing a change shows this, too. */
  toString(): string;
}

/** Compares two states of a record, value by value at the same index; time stamps do not count. */
export function differenceOf(
  before: readonly HandleValue[],
  after: readonly HandleValueInput[],
): readonly ValueDifference[] {
  const old = new Map(before.map((value) => [value.index, value]));
  const now = new Set(after.map((value) => value.index));
  const removed = before
    .filter((value) => !now.has(value.index))
    .map((value) => ({ kind: "removed", index: value.index, before: value }) as const);
  const written = after.flatMap((value): ValueDifference[] => {
    const was = old.get(value.index);
    if (was === undefined) return [{ kind: "added", index: value.index, after: value }];
    if (was === value) return [];
    if (sameBytes(valueBytes(was), valueBytes(value))) return [];
    return [{ kind: "changed", index: value.index, before: was, after: value }];
  });
  return [...removed, ...written].sort((a, b) => a.index - b.index);
}

function dataText({ type, data }: HandleValueInput): string {
  if (type.toUpperCase() === "HS_SECKEY") return "[redacted]";
  if (typeof data === "string") return data;
  if (data.format === "admin") return `${formatReference(data.value)} ${data.value.permissions}`;
  return typeof data.value === "string" ? data.value : JSON.stringify(data.value);
}

function line(sign: string, value: HandleValueInput): string {
  return `  ${sign} ${value.index} ${value.type}  ${dataText(value)}`;
}

function linesOf(change: ValueDifference): readonly string[] {
  switch (change.kind) {
    case "added":
      return [line("+", change.after)];
    case "removed":
      return [line("-", change.before)];
    case "changed":
      return [line("-", change.before), line("+", change.after)];
  }
}

function headline(
  { handle, created, dryRun, difference }: Omit<Change, "toString">,
  deleted: boolean,
): string {
  const verb = created ? "create" : deleted ? "delete" : "change";
  if (verb === "change" && difference.length === 0) return `${handle}: nothing to change`;
  return dryRun ? `would ${verb} ${handle}` : `${verb}d ${handle}`;
}

const AS_TEXT = ["toString", Symbol.for("nodejs.util.inspect.custom"), Symbol.for("Deno.customInspect")];

/**
 * Makes a Change of its parts.
 *
 * @param deleted true when the whole handle goes
 */
export function createChange(parts: Omit<Change, "difference" | "toString">, deleted = false): Change {
  const difference = differenceOf(parts.before, parts.after);
  const change: Change = { ...parts, difference };
  const text = () => [headline(change, deleted), ...difference.flatMap(linesOf)].map(printable).join("\n");
  for (const key of AS_TEXT) Object.defineProperty(change, key, { value: text });
  return change;
}
