import { checkArgument } from "@handlekit/core";
import { COMMA, createScanner, encodeUser, GAP, QUOTED, quote, TOKEN, unquote } from "./header-syntax.ts";

/** The keys of an `Authorization: Handle` header, in lower case, with their values. */
export type HandleAuthorization = ReadonlyMap<string, string>;

/**
 * Returns the value of an `Authorization: Handle` header; every value is quoted, and `id` is percent-encoded.
 *
 * @param fields such as `{ clientCert: "true" }` or `{ sessionId: "..." }`; undefined ones are omitted
 * @throws HandleError `invalid_value` if `id` contains a lone surrogate
 * @example
 * ```ts
 * formatHandleAuthorization({ clientCert: "true" }); // 'Handle clientCert="true"'
 * ```
 */
export function formatHandleAuthorization(fields: Readonly<Record<string, string | undefined>>): string {
  checkArgument("formatHandleAuthorization", "fields", fields, ["object"]);
  const parts = Object.entries(fields).flatMap(([key, value]) => {
    checkArgument("formatHandleAuthorization", `fields.${key}`, value, ["string", "undefined"]);
    return value === undefined ? [] : [`${key}=${quote(key === "id" ? encodeUser(value) : value)}`];
  });
  return `Handle ${parts.join(", ")}`;
}

function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * Reads an `Authorization: Handle` header: comma-separated `key=value`, a value being a token or a quoted string.
 * Keys are converted to lower case, unknown ones are kept, the first of a repeated key takes precedence; `id` is
 * percent-decoded.
 *
 * @param header the value of the Authorization header, the scheme in any case
 * @returns undefined for another scheme or for wrong syntax anywhere
 */
export function parseHandleAuthorization(header: string): HandleAuthorization | undefined {
  checkArgument("parseHandleAuthorization", "header", header, ["string"]);
  const scheme = /^[ \t]*handle(?:[ \t]+|$)/i.exec(header);
  if (!scheme) return undefined;
  const fields = new Map<string, string>();
  const scanner = createScanner(header.slice(scheme[0].length));
  scanner.take(COMMA);
  while (!scanner.done()) {
    const key = scanner.take(TOKEN)?.toLowerCase();
    scanner.take(GAP);
    if (key === undefined || !scanner.takeIf("=")) return undefined;
    scanner.take(GAP);
    const quoted = scanner.take(QUOTED);
    const raw = quoted === undefined ? scanner.take(TOKEN) : unquote(quoted);
    const value = raw !== undefined && key === "id" ? decodePercent(raw) : raw;
    if (value === undefined) return undefined;
    if (!fields.has(key)) fields.set(key, value);
    scanner.take(GAP);
    if (!scanner.done() && scanner.take(COMMA) === undefined) return undefined;
  }
  return fields;
}
