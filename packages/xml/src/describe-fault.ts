const AMPERSAND = "this & begins no reference; write it as &amp;";
const DECLARATION_PLACE = "an XML declaration may stand at the very beginning only";
const TARGET = "a processing instruction must begin with a name";

/** What the parser says, and what we say. */
const FAULTS: ReadonlyMap<string, string> = new Map([
  [
    "undefined entity.",
    "this entity is not defined; XML knows amp, lt, gt, quot and apos, and & is written &amp;",
  ],
  ["disallowed character in entity name.", AMPERSAND],
  ["empty entity name.", AMPERSAND],
  ["malformed character entity.", "this reference is malformed, or names a character that XML cannot hold"],
  ["disallowed character in tag name", "this < begins no tag; write it as &lt;"],
  ["disallowed character in tag name.", "this character cannot stand in the name of an element"],
  ["disallowed character in closing tag.", "this character cannot stand in a closing tag"],
  ["disallowed character in attribute name.", "this character cannot stand in the name of an attribute"],
  ["disallowed character.", "a < in an attribute must be written &lt;"],
  ["incorrect syntax.", "this <! begins no comment and no CDATA section"],
  ["unquoted attribute value.", "the value of an attribute must stand between quotes"],
  ["attribute without value.", "the attribute before this place has no value"],
  ["no whitespace between attributes.", "a space is missing between two attributes"],
  ["forward-slash in opening tag not followed by >.", "the / at the end of a tag must be followed by >"],
  ['the string "]]>" is disallowed in char data.', "]]> in text must be written ]]&gt;"],
  ["malformed comment.", "a comment cannot hold --"],
  ["text data outside of root node.", "there is text outside of the outermost element"],
  ["documents may contain only one root.", "there is a second outermost element"],
  ["document must contain a root element.", "the document ends without an element"],
  ["unexpected end.", "the document ends too early"],
  ["inappropriately located doctype declaration.", "a DOCTYPE is not allowed"],
  ["an XML declaration must be at the start of the document.", DECLARATION_PLACE],
  ["the XML declaration must appear at the start of the document.", DECLARATION_PLACE],
  ["processing instruction without a target.", TARGET],
  ["disallowed character in processing instruction name.", TARGET],
]);

/**
 * A complaint of the parser in our words: its own may quote the document.
 *
 * @param complaint what the parser says, without a position
 * @param opened the line in which the element that the complaint is about began
 */
export function describeFault(complaint: string, opened: number | undefined): string {
  const known = FAULTS.get(complaint);
  if (known !== undefined) return known;
  if (complaint.startsWith("unexpected close tag"))
    return `this closing tag does not belong to the element that began in line ${opened}`;
  if (complaint.startsWith("unmatched closing tag")) return "this closing tag belongs to no element";
  if (complaint.startsWith("unclosed tag"))
    return `the document ends before the element that began in line ${opened} is closed`;
  return "the XML declaration or the syntax around this place is malformed";
}
