import {
  DEFAULT_TTL,
  formatReference,
  type HandleValue,
  type HandleValueInput,
  sameBytes,
} from "@handlekit/core";
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

const textOf = ({ data }: HandleValueInput) =>
  typeof data === "string" ? data : data.format === "string" ? data.value : undefined;

/** True when a server would hold the same for both. Their bytes are only made when the texts do not tell. */
function isSameValue(was: HandleValue, value: HandleValueInput): boolean {
  if (was === value) return true;
  const [before, after] = [textOf(was), textOf(value)];
  if (typeof before === "string" && typeof after === "string" && before !== after) return false;
  return sameBytes(valueBytes(was), valueBytes(value));
}

/** Compares two states of a record, value by value at the same index; time stamps do not count. */
export function differenceOf(
  before: readonly HandleValue[],
  after: readonly HandleValueInput[],
): readonly ValueDifference[] {
  const old = new Map(before.map((value) => [value.index, value]));
  const difference: ValueDifference[] = [];
  for (const value of after) {
    const { index } = value;
    const was = old.get(index);
    old.delete(index);
    if (was === undefined) difference.push({ kind: "added", index, after: value });
    else if (!isSameValue(was, value)) difference.push({ kind: "changed", index, before: was, after: value });
  }
  for (const [index, value] of old) difference.push({ kind: "removed", index, before: value });
  return difference.sort((a, b) => a.index - b.index);
}

function dataText({ type, data }: HandleValueInput): string {
  if (type.toUpperCase() === "HS_SECKEY") return "[redacted]";
  if (typeof data !== "object") return String(data);
  if (data.format === "admin") return `${formatReference(data.value)} ${data.value.permissions}`;
  return typeof data.value === "string" ? data.value : JSON.stringify(data.value);
}

function line(sign: string, value: HandleValueInput, attributes: readonly string[] = []): string {
  const more = attributes.length === 0 ? "" : `  (${attributes.join(", ")})`;
  return `  ${sign} ${value.index} ${value.type}  ${dataText(value)}${more}`;
}

/** What a value has beside type and data, as text. */
function attributesOf({ ttl = DEFAULT_TTL, permissions = "1110", references = [] }: HandleValueInput) {
  const listed = references.map(formatReference).join(" ") || "none";
  return [`ttl ${ttl}`, `permissions ${permissions}`, `references ${listed}`];
}

/** Old and new line of a value, each with the attributes in which they differ. */
function changedLines(before: HandleValueInput, after: HandleValueInput): readonly string[] {
  const [old, now] = [attributesOf(before), attributesOf(after)];
  return [
    line(
      "-",
      before,
      old.filter((attribute) => !now.includes(attribute)),
    ),
    line(
      "+",
      after,
      now.filter((attribute) => !old.includes(attribute)),
    ),
  ];
}

function linesOf(change: ValueDifference): readonly string[] {
  switch (change.kind) {
    case "added":
      return [line("+", change.after)];
    case "removed":
      return [line("-", change.before)];
    case "changed":
      return changedLines(change.before, change.after);
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

type Parts = Omit<Change, "difference" | "toString">;

function textForm(deleted: boolean): object {
  function text(this: Change): string {
    return [headline(this, deleted), ...this.difference.flatMap(linesOf)].map(printable).join("\n");
  }
  return {
    toString: text,
    [Symbol.for("nodejs.util.inspect.custom")]: text,
    [Symbol.for("Deno.customInspect")]: text,
  };
}

const CHANGE = textForm(false);
const DELETION = textForm(true);

/**
 * Makes a Change of its parts.
 *
 * @param deleted true when the whole handle goes
 */
export function createChange(parts: Parts, deleted = false): Change {
  const difference = differenceOf(parts.before, parts.after);
  return Object.assign(Object.create(deleted ? DELETION : CHANGE), parts, { difference });
}

/** A change that was only meant, now that it was made. */
export function carriedOut(draft: Change, handle: string, responseCode: number | undefined): Change {
  const done = responseCode === undefined ? {} : { responseCode };
  return Object.assign(Object.create(Object.getPrototypeOf(draft)), draft, {
    handle,
    ...done,
    dryRun: false,
  });
}
