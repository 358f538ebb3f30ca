import { decodeUtf8, type HandleError } from "@handlekit/core";

const REFERENCE = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9A-Fa-f]+);)([A-Za-z_:][\w:.-]*)?(;)?/;

/** Removes comments and CDATA sections, in which an & does not begin a reference. */
function withoutLiterals(text: string): string {
  const opening = /<!--|<!\[CDATA\[/g;
  let kept = "";
  for (let at = 0; ; ) {
    opening.lastIndex = at;
    const found = opening.exec(text);
    if (!found) return kept + text.slice(at);
    kept += text.slice(at, found.index);
    const closing = found[0] === "<!--" ? "-->" : "]]>";
    const end = text.indexOf(closing, opening.lastIndex);
    if (end < 0) return kept;
    at = end + closing.length;
  }
}

/** Returns Xerces' message for a malformed reference; undefined if it would quote a part of the secret. */
function referenceFault(text: string): string | undefined {
  const found = REFERENCE.exec(text);
  if (!found) return undefined;
  const tag = text.slice(text.lastIndexOf("<", found.index), text.indexOf(">", found.index) + 1 || undefined);
  if (/sharedSecret/i.test(tag)) return undefined;
  const [, name, end] = found;
  if (name === undefined) return "The entity name must immediately follow the '&' in the entity reference.";
  return end === undefined
    ? `The reference to entity "${name}" must end with the ';' delimiter.`
    : `The entity "${name}" was referenced, but not declared.`;
}

/**
 * Returns the message for a body that is not XML: that of the original service for common mistakes of its clients, else
 * that of our reader.
 */
export function describeBodyFault(body: Uint8Array, error: HandleError): string {
  const text = decodeUtf8(body)?.replace(/^\ufeff/, "");
  if (text === undefined) return error.message;
  if (text.trim() === "") return "Premature end of file.";
  if (!text.trimStart().startsWith("<")) return "Content is not allowed in prolog.";
  if (/<!doctype/i.test(text)) return error.message;
  return referenceFault(withoutLiterals(text)) ?? error.message;
}
