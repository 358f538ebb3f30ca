import { decodeUtf8, sameBytes } from "../bytes.ts";
import { checkObject, checkText } from "../check.ts";
import { VALUE_PERMISSIONS } from "../value/permissions.ts";
import type { StoredValue } from "../value/value.ts";
import type { ValueQuery } from "./handle-store.ts";

/** Returns true if a text matches a pattern, in which each `*` stands for any characters. */
function isLike(text: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

/**
 * Returns true for a type that the Handle System reserves, such as HS_ADMIN or HS_SECKEY, in any case. Values of these
 * types are never searched.
 */
export function isReservedType(type: string): boolean {
  checkText("isReservedType", "type", type);
  return /^HS_/i.test(type);
}

/**
 * Returns true if a value matches a query of {@link HandleStore.find}: it is publicly readable, not of a reserved type,
 * and has the type and the data that are asked for.
 *
 * @example
 * ```ts
 * record.values.some((value) => matchesQuery(value, { type: "URL", pattern: "https://example.org/*" }));
 * ```
 */
export function matchesQuery(
  value: StoredValue,
  query: Pick<ValueQuery, "type" | "data" | "pattern">,
): boolean {
  checkObject("matchesQuery", "value", value);
  checkObject("matchesQuery", "query", query);
  const { type, data, permissions } = value;
  if ((permissions & VALUE_PERMISSIONS.publicRead) === 0 || isReservedType(type)) return false;
  if (query.type !== undefined && query.type !== type) return false;
  if (query.data !== undefined) return sameBytes(data, query.data);
  const text = decodeUtf8(data);
  return text !== undefined && isLike(text, query.pattern ?? "");
}
