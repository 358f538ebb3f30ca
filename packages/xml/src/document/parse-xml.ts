import { checkArgument, checkOptions, encodeUtf8, invalidValue, placeOf } from "@handlekit/core";
import { SaxesParser } from "saxes";
import { findForbidden } from "./characters.ts";
import { decodeBytes } from "./decode-bytes.ts";
import { describeFault, unreadable } from "./faults.ts";
import type { XmlElement, XmlNode } from "./tree.ts";

/** Limits of a document to be read. */
export interface XmlLimits {
  /** The size in bytes; a string counts as UTF-8. Default 1048576; of `parseResponse` 16777216. */
  readonly maxBytes?: number | undefined;
  /** The number of elements nested in each other, the root element included. Default 64. */
  readonly maxDepth?: number | undefined;
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

/** The offset of a DOCTYPE after white space, comments and processing instructions; -1 without one. */
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
  // Positions are read from the parser itself: its error messages may quote the document.
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
    // The parser has already read the character after the name; if that ended the line, it counts one line more.
    const line = parser.column === 0 ? parser.line - 1 : parser.line;
    const element: OpenElement = { type: "element", name, attributes: new Map(), children: [], line };
    open.push(element);
  });
  parser.on("attribute", ({ name, value }) => {
    const attributes = open.at(-1)?.attributes;
    if (attributes?.has(name)) throw unreadable("the element has two attributes of the same name", here());
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

  if (root === undefined) throw unreadable("the document has no root element", here());
  return root;
}

/**
 * Checks the arguments of a function that reads a document.
 *
 * @param caller the name of that function
 * @throws HandleError `invalid_options` that names the argument or the option
 */
export function checkInput(caller: string, xml: string | Uint8Array, limits: XmlLimits): void {
  checkArgument(caller, "xml", xml, ["string", "bytes"]);
  checkOptions(caller, limits, { maxBytes: ["number", "undefined"], maxDepth: ["number", "undefined"] });
}

/** Reads a document as {@link parseXml} does; its arguments have been checked. */
export function readDocument(xml: string | Uint8Array, limits: XmlLimits): XmlElement {
  const { maxBytes = 1_048_576, maxDepth = 64 } = limits;
  if (!fits(xml, maxBytes)) throw invalidValue(`The XML is larger than ${maxBytes} bytes.`);
  const source = typeof xml === "string" ? xml.replace(/^\ufeff/, "") : decodeBytes(xml);
  const forbidden = findForbidden(source);
  if (forbidden) {
    const { name, index } = forbidden;
    throw unreadable(`the character ${name} is not allowed in XML`, placeOf(source, index));
  }
  const doctype = findDoctype(source);
  if (doctype >= 0) {
    throw unreadable(
      "a DOCTYPE is not allowed",
      placeOf(source, doctype),
      "Leave the DOCTYPE out; if this is an HTML page, it was not the service that answered.",
    );
  }
  return readTree(source, maxDepth);
}

/**
 * Reads an XML 1.0 document into a tree. Nothing is fetched or expanded, and the limits bound the cost.
 *
 * Comments and processing instructions outside of the root element are dropped. The declared encoding counts for bytes
 * only, not for a string.
 *
 * @param xml the document, as a string or as bytes in UTF-8, US-ASCII or ISO-8859-1
 * @param limits the size in bytes (default 1048576) and the depth of elements (default 64)
 * @throws HandleError `invalid_value`, with line and column, for a document that is not well-formed, a DOCTYPE, an
 *   undefined entity, a character that XML does not allow, another encoding, and a document over a limit; no text of the
 *   document is quoted. `invalid_options` for an argument of the wrong kind
 * @example
 * ```ts
 * const root = parseXml('<locations><location id="0" href="https://example.org/"/></locations>');
 * root.children.length; // 1
 * ```
 * @see https://www.w3.org/TR/xml/
 */
export function parseXml(xml: string | Uint8Array, limits: XmlLimits = {}): XmlElement {
  checkInput("parseXml", xml, limits);
  return readDocument(xml, limits);
}
