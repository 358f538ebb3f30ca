import { ABSENT, type Difference } from "./rules.ts";
import { maskVolatile } from "./volatile.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: Json | undefined): string {
  return value === undefined ? ABSENT : JSON.stringify(value);
}

function byIndex(values: readonly Json[]): JsonObject | undefined {
  const entries = values.map((value) => [isObject(value) ? String(value.index) : "", value] as const);
  const keys = new Set(entries.map(([key]) => key));
  return keys.size === values.length ? Object.fromEntries(entries) : undefined;
}

/** The values of a record, which may come in any order. */
function isRecord(path: string, value: Json | undefined): value is readonly Json[] {
  return path === "values" && Array.isArray(value);
}

function join(path: string, key: string, element: boolean): string {
  if (element) return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}

function compareMembers(path: string, left: JsonObject, right: JsonObject, element: boolean): Difference[] {
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].flatMap((key) => compareValues(join(path, key, element), left[key], right[key]));
}

function compareValues(path: string, left: Json | undefined, right: Json | undefined): Difference[] {
  if (isObject(left) && isObject(right)) return compareMembers(path, left, right, false);
  if (isRecord(path, left) && isRecord(path, right)) {
    const [a, b] = [byIndex(left), byIndex(right)];
    if (a && b) return compareMembers(path, a, b, true);
  }
  if (show(left) === show(right)) return [];
  return [{ field: path === "" ? "body" : path, expected: show(left), got: show(right) }];
}

/** Members in the order of the text, the values of a record in the order of their indexes. */
function inIndexOrder(value: Json): Json {
  if (!isObject(value) || !Array.isArray(value.values)) return value;
  const index = (element: Json): number => (isObject(element) ? Number(element.index) : 0);
  return { ...value, values: [...value.values].sort((a, b) => index(a) - index(b)) };
}

function keys(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(keys).join(",")}]`;
  if (!isObject(value)) return "";
  return `{${Object.entries(value).map(([key, member]) => `${key}${keys(member)}`)}}`;
}

/**
 * How two JSON texts differ:
 * - member by member, the values of a record in any order, numbers of status, keys and addresses of a site, and
 *   timestamps by their form;
 * - where that is equal, `key order`: members of every object in the recorded order;
 * - where that is equal too, `text`: spaces, line ends and escapes.
 *
 * @param now milliseconds since 1970
 */
export function compareJson(expected: string, got: string, now: number): readonly Difference[] {
  const [left, right] = [maskVolatile(expected), maskVolatile(got, now)];
  const found = compareValues("", left.value, right.value);
  if (found.length > 0) return found;
  const order = [keys(inIndexOrder(left.value)), keys(inIndexOrder(right.value))];
  if (order[0] !== order[1]) return [{ field: "key order", expected: order[0] ?? "", got: order[1] ?? "" }];
  const sameOrder = JSON.stringify(left.value) === JSON.stringify(right.value);
  if (!sameOrder || left.text === undefined || right.text === undefined || left.text === right.text)
    return [];
  return [{ field: "text", expected: left.text, got: right.text }];
}
