import { HandleError, quoteForMessage } from "@handlekit/core";

/** Characters that XML 1.0 cannot hold, not even as a reference. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
/** A name that an attribute can have. */
export const NAME: RegExp = /^[\p{L}_:][\p{L}\p{M}\p{N}_:.\u00b7-]*$/u;
const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** Text as it can stand in an element or between double quotes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"\t\n\r]/g, (one) => ESCAPES[one] ?? one);
}

/** The error for data or an argument that a value cannot hold. */
export function invalidValue(message: string, hint?: string): HandleError {
  return new HandleError("invalid_value", { message, hint });
}

/** `name="value"`. @throws HandleError `invalid_value` for what XML cannot hold */
export function writeAttribute(name: string, value: string): string {
  if (!NAME.test(name)) {
    throw invalidValue(`${quoteForMessage(name)} cannot be the name of an attribute.`);
  }
  const [forbidden] = FORBIDDEN.exec(value) ?? [];
  if (forbidden !== undefined) {
    const code = (forbidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    throw invalidValue(
      `The attribute ${quoteForMessage(name)} holds the character U+${code}, which XML cannot hold.`,
    );
  }
  return `${name}="${escapeText(value)}"`;
}

/** Attributes as they stand in a tag, each with a space before it. */
export const writeAttributes = (attributes: Iterable<readonly [string, string]>): string =>
  [...attributes].map(([name, value]) => ` ${writeAttribute(name, value)}`).join("");
