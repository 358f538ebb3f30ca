import { encodeUtf8, HandleError } from "@handlekit/core";
import { SaxesParser } from "saxes";
import { decodeBytes } from "./decode-bytes.ts";
import { describeFault } from "./describe-fault.ts";
import { FORBIDDEN, nameCharacter, placeOf, unreadable } from "./problem.ts";
import type { XmlElement, XmlNode } from "./tree.ts";

/** What a document may cost. */
export interface XmlLimits {
  /** Its size in bytes, a text counted as UTF-8. Default 1048576. */
  readonly maxBytes?: number;
  /** How many elements may stand inside each other, the outermost counted. Default 64. */
  readonly maxDepth?: number;
}

interface OpenElement extends XmlElement {
  readonly attributes: Map<string, string>;
  readonly children: XmlNode[];
  readonly line: number;
}

function fits(text: string | Uint8Array, maxBytes: number): boolean {
  if (!(text.length <= maxBytes)) return false;
  return typeof text !== "string" || text.length * 3 <= maxBytes || encodeUtf8(text).length <= maxBytes;
}

/** Where a DOCTYPE begins, passing over what may stand before it; -1 without one. */
function findDoctype(text: string): number {
  const space = /[ \t\r\n]*/y;
  for (let at = 0; ; ) {
    space.lastIndex = at;
    space.exec(text);
    at = space.lastIndex;
    const end = text.startsWith("<?", at) ? "?>" : text.startsWith("<!--", at) ? "-->" : undefined;
    if (end === undefined) return /^<!doctype/i.test(text.slice(at, at + 9)) ? at : -1;
    const found = text.indexOf(end, at + 2);
    if (found < 0) return -1;
    at = found + end.length;
  }
}

function readTree(text: string, maxDepth: number): XmlElement {
  // Positions are read off the parser: the text of its errors is for nobody.
  const parser = new SaxesParser({ position: false, defaultXMLVersion: "1.0", forceXMLVersion: true });
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let closed: OpenElement | undefined;

  const here = () => ({ line: parser.line, column: Math.max(1, parser.column) });
  const append = (node: XmlNode) => open.at(-1)?.children.push(node);
  parser.on("error", ({ message }) => {
    const element = message.startsWith("unexpected close tag") ? closed : open.at(-1);
    throw unreadable(describeFault(message, element?.line), here());
  });
  parser.on("opentagstart", ({ name }) => {
    if (!(open.length < maxDepth)) throw unreadable(`elements are nested deeper than ${maxDepth}`, here());
    // The character after the name is read already; when that ended the line, so is the line.
    const line = parser.column === 0 ? parser.line - 1 : parser.line;
    const element: OpenElement = { type: "element", name, attributes: new Map(), children: [], line };
    open.push(element);
  });
  parser.on("attribute", ({ name, value }) => {
    const attributes = open.at(-1)?.attributes;
    if (attributes?.has(name)) throw unreadable("an attribute stands twice in its element", here());
    attributes?.set(name, value);
  });
  parser.on("closetag", () => {
    closed = open.pop();
    if (closed === undefined) return;
    const { line: _, ...element } = closed;
    append(element);
    root ??= open.length === 0 ? element : undefined;
  });
  parser.on("text", (value) => append({ type: "text", text: value }));
  parser.on("cdata", (value) => append({ type: "cdata", text: value }));
  parser.on("comment", (value) => append({ type: "comment", text: value }));
  parser.on("processinginstruction", ({ target, body }) =>
    append({ type: "instruction", target, text: body }),
  );
  parser.write(text).close();

  if (root === undefined) throw unreadable("the document ends without an element", here());
  return root;
}

/**
 * Reads an XML 1.0 document into a tree. Nothing is fetched or expanded, and the cost is bounded by the limits.
 *
 * Comments and processing instructions outside of the outermost element are passed over; in a text, unlike in bytes,
 * the declared encoding does not count.
 *
 * @param text the document, as a text or as bytes in UTF-8, US-ASCII or ISO-8859-1
 * @param limits its size in bytes and the depth of its elements
 * @throws HandleError `invalid_value`, with line and column, for what is not well-formed, a DOCTYPE, an undefined
 *   entity, a character XML cannot hold, another encoding, and what is over a limit; no text of the document is quoted
 * @example
 * ```ts
 * const root = parseXml('<locations><location id="0" href="https://example.org/"/></locations>');
 * root.children.length; // 1
 * ```
 * @see https://www.w3.org/TR/xml/
 */
export function parseXml(text: string | Uint8Array, limits: XmlLimits = {}): XmlElement {
  const { maxBytes = 1_048_576, maxDepth = 64 } = limits;
  if (!fits(text, maxBytes)) {
    throw new HandleError("invalid_value", { message: `The XML is larger than ${maxBytes} bytes.` });
  }
  const source = typeof text === "string" ? text.replace(/^\ufeff/, "") : decodeBytes(text);
  const forbidden = FORBIDDEN.exec(source);
  if (forbidden) {
    const what = `the character ${nameCharacter(forbidden[0])} cannot stand in XML`;
    throw unreadable(what, placeOf(source, forbidden.index));
  }
  const doctype = findDoctype(source);
  if (doctype >= 0) {
    throw unreadable(
      "a DOCTYPE is not allowed",
      placeOf(source, doctype),
      "Leave the DOCTYPE out; if this is an HTML page, something other than the service answered.",
    );
  }
  return readTree(source, maxDepth);
}
