import { checkArgument, invalidOptions, quoteForMessage } from "@handlekit/core";
import { findForbidden } from "./characters.ts";
import { unwritable } from "./faults.ts";
import type { XmlElement, XmlNode } from "./tree.ts";

const NAME_START =
  ":A-Z_a-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f" +
  "\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}";
const NAME = new RegExp(`^[${NAME_START}][${NAME_START}\\-.0-9\\u00b7\\u0300-\\u036f\\u203f\\u2040]*$`, "u");

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

function requireCharacters(text: string, where: string): void {
  if (typeof text !== "string") checkArgument("The XML cannot be written", where, text, ["string"]);
  const found = findForbidden(text);
  if (!found) return;
  throw unwritable(`character ${found.position} of ${where} is ${found.name}, which XML does not allow`);
}

function requireName(name: string, what: string): void {
  if (!NAME.test(name)) throw unwritable(`${quoteForMessage(name)} cannot be the name of ${what}`);
}

/** Refuses what a reader would not return unchanged: `pattern`, and a carriage return, for which there is no escape. */
function requireLiteral(text: string, where: string, pattern: RegExp, what: string): void {
  requireCharacters(text, where);
  if (text.includes("\r")) throw unwritable(`${where} must not contain a carriage return`);
  if (pattern.test(text)) throw unwritable(`${where} must not ${what}`);
}

function escaped(text: string, pattern: RegExp): string {
  return text.replace(pattern, (one) => ESCAPES[one] ?? one);
}

/** Escapes a value for the quotes of an attribute; `where` names it in an error. */
export function attributeText(value: string, where: string): string {
  requireCharacters(value, where);
  return escaped(value, /[&<>"\t\n\r]/g);
}

/** Escapes a text inside an element; `where` names it in an error. */
export function contentText(text: string, where: string): string {
  requireCharacters(text, where);
  return escaped(text, /[&<>\r]/g);
}

/**
 * Escapes a value for the double quotes of an attribute. Tab and line ends become references, so that a reader returns
 * them unchanged.
 *
 * @throws HandleError `invalid_value` for a character that XML does not allow, `invalid_options` when `value` is not a
 *   string
 * @example
 * ```ts
 * escapeAttribute('a "b"\n'); // "a &quot;b&quot;&#10;"
 * ```
 */
export function escapeAttribute(value: string): string {
  checkArgument("escapeAttribute", "value", value, ["string"]);
  return attributeText(value, "the attribute");
}

/**
 * Escapes a text inside an element.
 *
 * @throws HandleError `invalid_value` for a character that XML does not allow, `invalid_options` when `text` is not a
 *   string
 * @example
 * ```ts
 * escapeText("a < b"); // "a &lt; b"
 * ```
 */
export function escapeText(text: string): string {
  checkArgument("escapeText", "text", text, ["string"]);
  return contentText(text, "the text");
}

/** Checks the members of an element, which plain JavaScript may have got wrong. */
function requireElement({ name, attributes, children }: XmlElement): void {
  if (typeof name !== "string") checkArgument("writeXml", "the name of an element", name, ["string"]);
  if (typeof attributes?.[Symbol.iterator] !== "function") {
    throw invalidOptions(
      `writeXml: the attributes of the element ${quoteForMessage(name)} are not a Map.`,
      "For example new Map([[name, value]]).",
    );
  }
  if (Array.isArray(children)) return;
  checkArgument("writeXml", `children of the element ${quoteForMessage(name)}`, children, ["array"]);
}

function openingTag(element: XmlElement): string {
  requireElement(element);
  const { name, attributes, children } = element;
  requireName(name, "an element");
  let tag = `<${name}`;
  for (const [attribute, value] of attributes) {
    requireName(attribute, "an attribute");
    tag += ` ${attribute}="${attributeText(value, `the attribute ${attribute} of ${name}`)}"`;
  }
  return children.length === 0 ? `${tag}/>` : `${tag}>`;
}

function writeNode(node: XmlNode): string {
  switch (node.type) {
    case "element":
      return openingTag(node);
    case "text":
      return contentText(node.text, "the text");
    case "cdata":
      requireLiteral(node.text, "a CDATA section", /\]\]>/, "contain ]]>");
      return `<![CDATA[${node.text}]]>`;
    case "comment":
      requireLiteral(node.text, "a comment", /--|-$/, "contain -- or end with -");
      return `<!--${node.text}-->`;
    case "instruction": {
      requireName(node.target, "a processing instruction");
      if (/^xml$/i.test(node.target)) throw unwritable("a processing instruction cannot be named xml");
      requireLiteral(
        node.text,
        "a processing instruction",
        /\?>|^[ \t\n]/,
        "contain ?> or begin with a space",
      );
      return node.text === "" ? `<?${node.target}?>` : `<?${node.target} ${node.text}?>`;
    }
    default:
      throw invalidOptions(
        "writeXml: the type of a node of the tree is not known.",
        "It must be element, text, cdata, comment or instruction.",
      );
  }
}

/**
 * Writes an element and everything inside of it, without an XML declaration and without line breaks of its own.
 *
 * {@link parseXml} reads the same tree back, except that empty texts are lost and adjacent texts are joined.
 *
 * @param element the result of {@link parseXml}, or an element of your own
 * @throws HandleError `invalid_value` for a character that XML does not allow (the message has its position), an invalid
 *   name, and a comment, CDATA section or processing instruction that contains its own end; `invalid_options` for a
 *   member of the tree that is of the wrong kind
 * @example
 * ```ts
 * writeXml({ type: "element", name: "a", attributes: new Map([["b", "1 < 2"]]), children: [] }); // '<a b="1 &lt; 2"/>'
 * ```
 */
export function writeXml(element: XmlElement): string {
  checkArgument("writeXml", "element", element, ["object"]);
  const written: string[] = [];
  // An explicit stack: a tree may be deeper than the call stack. A string is a closing tag.
  const waiting: (XmlNode | string)[] = [element];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === "string") {
      written.push(next);
      continue;
    }
    written.push(writeNode(next));
    if (next.type !== "element" || next.children.length === 0) continue;
    waiting.push(`</${next.name}>`);
    for (let i = next.children.length - 1; i >= 0; i--) {
      const child = next.children[i];
      // A string would be written as it is.
      if (typeof child !== "object" || child === null)
        checkArgument("writeXml", "a node of the tree", child, ["object"]);
      else waiting.push(child);
    }
  }
  return written.join("");
}
