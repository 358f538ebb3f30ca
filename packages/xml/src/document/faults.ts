import { type HandleError, invalidValue, type Place } from "@handlekit/core";

const AMPERSAND = "this & does not begin a reference; write it as &amp;";
const DECLARATION_PLACE = "an XML declaration is allowed only at the very beginning";
const TARGET = "a processing instruction must begin with a name";

/** The complaints of the parser, and our words for them. */
const FAULTS: ReadonlyMap<string, string> = new Map([
  [
    "undefined entity.",
    "this entity is not defined; XML defines amp, lt, gt, quot and apos, and & is written &amp;",
  ],
  ["disallowed character in entity name.", AMPERSAND],
  ["empty entity name.", AMPERSAND],
  [
    "malformed character entity.",
    "this reference is malformed, or names a character that XML does not allow",
  ],
  ["disallowed character in tag name", "this < does not begin a tag; write it as &lt;"],
  ["disallowed character in tag name.", "this character is not allowed in the name of an element"],
  ["disallowed character in closing tag.", "this character is not allowed in a closing tag"],
  ["disallowed character in attribute name.", "this character is not allowed in the name of an attribute"],
  ["disallowed character.", "a < in an attribute must be written &lt;"],
  ["incorrect syntax.", "this <! begins neither a comment nor a CDATA section"],
  ["unquoted attribute value.", "the value of an attribute must be in quotes"],
  ["attribute without value.", "the attribute before this position has no value"],
  ["no whitespace between attributes.", "a space is missing between two attributes"],
  ["forward-slash in opening tag not followed by >.", "the / at the end of a tag must be followed by >"],
  ['the string "]]>" is disallowed in char data.', "]]> in text must be written ]]&gt;"],
  ["malformed comment.", "a comment must not contain --"],
  ["text data outside of root node.", "there is text outside of the root element"],
  ["documents may contain only one root.", "there is a second root element"],
  ["document must contain a root element.", "the document has no root element"],
  ["unexpected end.", "the document ends too early"],
  ["inappropriately located doctype declaration.", "a DOCTYPE is not allowed"],
  ["an XML declaration must be at the start of the document.", DECLARATION_PLACE],
  ["the XML declaration must appear at the start of the document.", DECLARATION_PLACE],
  ["processing instruction without a target.", TARGET],
  ["disallowed character in processing instruction name.", TARGET],
]);

/**
 * Returns our words for a complaint of the parser, whose own may quote the document.
 *
 * @param complaint the parser's message, without a position
 * @param opened the line of the opening tag that the complaint is about
 */
export function describeFault(complaint: string, opened: number | undefined): string {
  const known = FAULTS.get(complaint);
  if (known !== undefined) return known;
  if (complaint.startsWith("unexpected close tag"))
    return `this closing tag does not match the element opened on line ${opened}`;
  if (complaint.startsWith("unmatched closing tag")) return "this closing tag has no opening tag";
  if (complaint.startsWith("unclosed tag"))
    return `the document ends before the element opened on line ${opened} is closed`;
  return "the XML declaration or the syntax around this position is malformed";
}

/** The error for a document that cannot be read. `what` must not contain text of the document. */
export function unreadable(what: string, place?: Place, hint?: string): HandleError {
  const where = place ? ` at line ${place.line}, column ${place.column}` : "";
  return invalidValue(`The XML cannot be read${where}: ${what}.`, hint);
}

/** The error for a tree, a request or a response that cannot be written. `what` must not contain a value. */
export function unwritable(what: string): HandleError {
  return invalidValue(`The XML cannot be written: ${what}.`);
}
