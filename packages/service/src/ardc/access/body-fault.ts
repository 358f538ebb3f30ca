import { decodeUtf8, type HandleError } from "@handlekit/core";

const REFERENCE = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9A-Fa-f]+);)([A-Za-z_:][\w:.-]*)?(;)?/;

/** Without comments and CDATA sections, in which an & is only an &. */
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

/** What Xerces says of an & that begins no reference; undefined where the text after it might be of the secret. */
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
 * What the original says of a body that is no XML, for the mistakes that its clients make; of others what our reader
 * says.
 */
export function describeBodyFault(body: Uint8Array, error: HandleError): string {
  const text = decodeUtf8(body)?.replace(/^\ufeff/, "");
  if (text === undefined) return error.message;
  if (text.trim() === "") return "Premature end of file.";
  if (!text.trimStart().startsWith("<")) return "Content is not allowed in prolog.";
  if (/<!doctype/i.test(text)) return error.message;
  return referenceFault(withoutLiterals(text)) ?? error.message;
}
