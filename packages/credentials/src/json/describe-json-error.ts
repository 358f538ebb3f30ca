import { type ParseError, printParseErrorCode } from "jsonc-parser";

/** A syntax error in words. It quotes nothing of the text but the names of known keys. */
export interface JsonProblem {
  readonly offset: number;
  readonly what: string;
}

const QUOTE = 'a double quote is missing, or one inside the text is not written \\"';
const OTHER_QUOTES = /^['`´‚‛«»′″＂]/;
const STRANGE_SPACE = /^[^\S \t\r\n]|^\p{Cf}/u;

function lastBefore(text: string, offset: number): number {
  return text.slice(0, offset).trimEnd().length - 1;
}

/** Returns the name of the key that begins at an offset: "" for an unknown key, undefined when no key begins there. */
function keyAt(text: string, offset: number, known: readonly string[]): string | undefined {
  const key = /"((?:[^"\\\r\n]|\\.)*)"\s*:/y;
  key.lastIndex = offset;
  const name = key.exec(text)?.[1];
  return name === undefined || known.includes(name) ? name : "";
}

function describeSymbol(text: string, { offset, length }: ParseError): string {
  const token = text.slice(offset, offset + length);
  if (/^(?:True|False|None)$/.test(token))
    return "true, false and null must be written in lower case and without quotes";
  if (OTHER_QUOTES.test(token))
    return 'text must be in double quotes ("); another kind of quote is used here';
  if (STRANGE_SPACE.test(token)) {
    const code = (token.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return `a special space (U+${code}), as copied from a web page, is used here; JSON allows only plain spaces`;
  }
  return `there is text outside of quotes: ${QUOTE}`;
}

/**
 * Describes the first syntax error and its likely cause.
 *
 * @param text the JSON text
 * @param error the first error of the parser
 * @param known keys that may be named
 * @param objectEnd the offset of the end of the outer object, according to the parser
 */
export function describeJsonError(
  text: string,
  error: ParseError,
  { known, objectEnd }: { readonly known: readonly string[]; readonly objectEnd: number },
): JsonProblem {
  const { offset } = error;
  if (offset >= objectEnd && text.charAt(objectEnd - 1) === "}") {
    return { offset, what: "there is something after the end of the JSON object" };
  }
  const end = text.trimEnd().length;
  const code = printParseErrorCode(error.error);
  const before = lastBefore(text, offset);
  switch (code) {
    case "UnexpectedEndOfString": {
      const line = /[^\r\n]*/.exec(text.slice(offset))?.[0] ?? "";
      const mixed = /[“”„‟‘’]/.test(line) ? "; a typographic quote does not close a plain one" : "";
      return { offset, what: `the text that begins here has no closing quote on its line${mixed}` };
    }
    case "InvalidEscapeCharacter":
      return {
        offset,
        what: "the text that begins here has a backslash that must be written \\\\ (or / in a path)",
      };
    case "InvalidUnicode":
      return { offset, what: "the text that begins here has \\u without four hexadecimal digits" };
    case "InvalidCharacter":
      return {
        offset,
        what: "the text that begins here contains a tab or another control character; write \\t",
      };
    case "InvalidCommentToken":
    case "UnexpectedEndOfComment":
      return { offset, what: "comments are not allowed in JSON" };
    case "UnexpectedEndOfNumber":
      return { offset, what: "the number that begins here is incomplete" };
  }
  if (offset >= end) return { offset: end, what: "the text ends too early: a closing } or ] is missing" };
  switch (code) {
    case "InvalidSymbol":
      return { offset, what: describeSymbol(text, error) };
    case "CommaExpected": {
      const key = keyAt(text, offset, known);
      if (key !== undefined)
        return { offset, what: `a comma is missing before ${key === "" ? "this key" : `"${key}"`}` };
      return { offset, what: `a comma is missing before this position; or ${QUOTE}` };
    }
    case "ColonExpected":
      return { offset, what: `a colon is missing between a key and its value; or ${QUOTE}` };
    case "PropertyNameExpected":
    case "ValueExpected":
      if (text.charAt(before) === "," && /[}\]]/.test(text.charAt(offset))) {
        return { offset: before, what: "the comma after the last entry is not allowed in JSON" };
      }
      if (text.charAt(offset) === ",")
        return { offset, what: "there is one comma too many, or nothing before it" };
      return code === "ValueExpected"
        ? { offset, what: "a value is missing here" }
        : { offset, what: "a key in double quotes is expected here" };
  }
  return { offset, what: "something unexpected is here" };
}
