import type { ValueReference } from "@handlekit/core";

// Handle.Net stores the references of a value as one text of ASCII characters: index:handle, joined by tabs.

const ESCAPES: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\" };
const UNESCAPED: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r" };

const hex4 = (unit: string) => `%${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/**
 * Encodes references as Handle.Net does: in each handle tab, LF, CR and backslash are escaped by a backslash; then every
 * UTF-16 unit below U+0020 or above U+007E, and `%`, becomes `%` and four hexadecimal digits.
 *
 * @example
 * ```ts
 * encodeReferences([{ index: 5, handle: "TEST/x\ty" }, { index: 6, handle: "TEST/z" }]); // "5:TEST/x\\ty%00096:TEST/z"
 * ```
 */
export function encodeReferences(references: readonly ValueReference[]): string {
  if (references.length === 0) return "";
  return references
    .map(({ index, handle }) => `${index}:${handle.replace(/[\t\n\r\\]/g, (c) => ESCAPES[c] ?? c)}`)
    .join("\t")
    .replace(/[^\u0020-\u007e]|%/g, hex4);
}

function partsOf(text: string | null): string[] {
  if (text === null || text === "") return [];
  const plain = text.replace(/%([0-9a-fA-F]{4})/g, (_, digits) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return plain.split("\t");
}

/** Returns how many references an encoded text should have, those that cannot be decoded too. */
export const countReferences = (text: string | null): number => partsOf(text).length;

/** Decodes what {@link encodeReferences} or Handle.Net encoded. A part that is no reference is left out. */
export function decodeReferences(text: string | null): ValueReference[] {
  return partsOf(text).flatMap((part) => {
    const colon = part.indexOf(":");
    const index = Number(part.slice(0, colon));
    if (colon < 1 || !Number.isInteger(index)) return [];
    const handle = part.slice(colon + 1).replace(/\\(.)/gs, (_, c) => UNESCAPED[c] ?? c);
    // In the order of the members in a response.
    return [{ handle, index }];
  });
}
