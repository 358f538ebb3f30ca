import {
  DEFAULT_TTL,
  formatReference,
  type HandleValue,
  type HandleValueInput,
  hasType,
  printable,
  sameBytes,
} from "@handlekit/core";
import { valueBytes } from "../reading/digest.ts";
import { slipsIn } from "./slips.ts";

/** The difference that a change makes, or with `dryRun` would make, to one value. */
export type ValueDifference =
  | { readonly kind: "added"; readonly index: number; readonly after: HandleValueInput }
  | { readonly kind: "removed"; readonly index: number; readonly before: HandleValue }
  | {
      readonly kind: "changed";
      readonly index: number;
      readonly before: HandleValue;
      readonly after: HandleValueInput;
    };

/** The result of a write. */
export interface Change {
  /** The handle, in the server's spelling. */
  readonly handle: string;
  /** The protocol's response code; undefined if nothing was written. */
  readonly responseCode?: number | undefined;
  /** True if the handle is new. */
  readonly created: boolean;
  /** True if the change was sent and carried out; false for a dry run, and if there was nothing to change. */
  readonly written: boolean;
  /** The values before the change, as far as this user may see them; empty for a new handle. */
  readonly before: readonly HandleValue[];
  /** The values after the change; empty for a deleted handle. */
  readonly after: readonly HandleValueInput[];
  readonly difference: readonly ValueDifference[];
  /** Slips in what is written, such as data that end in a line break, or `url` beside `URL`; mostly empty. */
  readonly warnings: readonly string[];
  /** Returns the difference for people, one line per value, without secret keys. The console prints the same. */
  toString(): string;
}

const textOf = ({ data }: HandleValueInput) =>
  typeof data === "string" ? data : data?.format === "string" ? data.value : undefined;

/** Returns true if a server would hold the same for both. Bytes are compared only if the texts do not decide. */
function isSameValue(was: HandleValue, value: HandleValueInput): boolean {
  if (was === value) return true;
  const [before, after] = [textOf(was), textOf(value)];
  if (typeof before === "string" && typeof after === "string" && before !== after) return false;
  return sameBytes(valueBytes(was), valueBytes(value));
}

/** Compares two states of a record, value by value at the same index, ignoring time stamps. */
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

/** Returns true for a handle with an index; servers may send anything. */
function isReference(value: Readonly<Record<"handle" | "index", unknown>> | null): boolean {
  return typeof value?.handle === "string" && Number.isInteger(value.index);
}

function dataText({ type, data }: HandleValueInput): string {
  if (hasType(type, "HS_SECKEY")) return "[redacted]";
  if (typeof data !== "object") return data;
  if (typeof data?.value === "string") return data.value;
  const isAdmin = data?.format === "admin" && isReference(data.value);
  if (isAdmin) return `${formatReference(data.value)} ${data.value.permissions}`;
  return JSON.stringify(data?.value ?? data);
}

function line(sign: string, value: HandleValueInput, attributes: readonly string[] = []): string {
  const more = attributes.length === 0 ? "" : `  (${attributes.join(", ")})`;
  return `  ${sign} ${value.index} ${value.type}  ${dataText(value)}${more}`;
}

/** Returns the attributes of a value, apart from type and data, as text. */
function attributesOf({ ttl = DEFAULT_TTL, permissions = "1110", references = [] }: HandleValueInput) {
  // A server may have given anything as the references.
  const known = Array.isArray(references) && references.every(isReference);
  const listed = known ? references.map(formatReference).join(" ") || "none" : JSON.stringify(references);
  return [`ttl ${ttl}`, `permissions ${permissions}`, `references ${listed}`];
}

/** Returns the old and the new line of a value, each with the attributes in which they differ. */
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

/** Returns the lines that show a difference to people, without secret keys. */
export function linesOf(change: ValueDifference): readonly string[] {
  switch (change.kind) {
    case "added":
      return [line("+", change.after)];
    case "removed":
      return [line("-", change.before)];
    case "changed":
      return changedLines(change.before, change.after);
  }
}

type Parts = Omit<Change, "difference" | "warnings" | "toString">;

function headline({ handle, created, written, difference }: Change, deleted: boolean): string {
  const verb = created ? "create" : deleted ? "delete" : "change";
  if (written) return `${verb}d ${handle}`;
  if (verb === "change" && difference.length === 0) return `${handle}: nothing to change`;
  return `would ${verb} ${handle}`;
}

function textForm(deleted: boolean): object {
  function text(this: Change): string {
    const warnings = this.warnings.map((warning) => `  warning: ${warning}`);
    return [headline(this, deleted), ...this.difference.flatMap(linesOf), ...warnings]
      .map((each) => printable(each))
      .join("\n");
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
 * Creates a Change.
 *
 * @param deleted true if the whole handle is deleted
 */
export function createChange(parts: Parts, deleted = false): Change {
  const difference = differenceOf(parts.before, parts.after);
  const written = difference.flatMap((one) => (one.kind === "removed" ? [] : [one.after]));
  const warnings = slipsIn(written, parts.after);
  return Object.assign(Object.create(deleted ? DELETION : CHANGE), parts, { difference, warnings });
}

/** Returns a change with further warnings. */
export function withWarnings(change: Change, more: readonly string[]): Change {
  return Object.assign(change, { warnings: [...change.warnings, ...more] });
}

/** Returns a planned change as one that was written. */
export function asWritten(planned: Change, handle: string, responseCode: number | undefined): Change {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(planned)), planned);
  return Object.assign(copy, { handle, responseCode, written: true });
}
