const TOKEN = /[-!#$%&'*+.^_`|~0-9A-Za-z]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;
const GAP = /[ \t]*/y;
const COMMA = /[ \t]*(?:,[ \t]*)+/y;

/** The keys of an `Authorization: Handle` header, in lower case, with their values. */
export type HandleAuthorization = ReadonlyMap<string, string>;

function quote(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}

/**
 * The value of an `Authorization: Handle` header; every value is quoted, and `id` is percent-encoded.
 *
 * @param fields such as `{ clientCert: "true" }` or `{ sessionId: "..." }`; undefined ones are left out
 * @example
 * ```ts
 * formatHandleAuthorization({ clientCert: "true" }); // 'Handle clientCert="true"'
 * ```
 */
export function formatHandleAuthorization(fields: Readonly<Record<string, string | undefined>>): string {
  const parts = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${quote(key === "id" ? encodeURIComponent(value) : value)}`],
  );
  return `Handle ${parts.join(", ")}`;
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * Reads an `Authorization: Handle` header: comma-separated `key=value`, a value being a token or a quoted string.
 * Keys are folded to lower case, unknown ones kept, the first of a repeated key wins; `id` is percent-decoded.
 *
 * @param header the value of the Authorization header, the scheme in any case
 * @returns undefined when the scheme is another or the syntax is wrong anywhere
 */
export function parseHandleAuthorization(header: string): HandleAuthorization | undefined {
  const scheme = /^[ \t]*handle(?:[ \t]+|$)/i.exec(header);
  if (!scheme) return undefined;
  const fields = new Map<string, string>();
  let at = scheme[0].length;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(header);
    if (found) at = pattern.lastIndex;
    return found;
  };
  match(COMMA);
  while (at < header.length) {
    const key = match(TOKEN)?.[0].toLowerCase();
    match(GAP);
    if (key === undefined || header[at++] !== "=") return undefined;
    match(GAP);
    const quoted = match(QUOTED);
    const raw = quoted ? quoted[1]?.replace(/\\(.)/gs, "$1") : match(TOKEN)?.[0];
    const value = raw !== undefined && key === "id" ? percentDecoded(raw) : raw;
    if (value === undefined) return undefined;
    if (!fields.has(key)) fields.set(key, value);
    match(GAP);
    if (at < header.length && !match(COMMA)) return undefined;
  }
  return fields;
}
