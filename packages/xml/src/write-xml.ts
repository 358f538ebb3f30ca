import { HandleError, quoteForMessage } from "@handlekit/core";
import { FORBIDDEN, nameCharacter } from "./problem.ts";
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

/** The error of something that cannot be written. `what` never holds a value. */
export function unwritable(what: string): HandleError {
  return new HandleError("invalid_value", { message: `The XML cannot be written: ${what}.` });
}

function requireCharacters(text: string, where: string): void {
  const found = FORBIDDEN.exec(text);
  if (!found) return;
  const position = Array.from(text.slice(0, found.index)).length + 1;
  throw unwritable(`character ${position} of ${where} is ${nameCharacter(found[0])}, which XML cannot hold`);
}

function requireName(name: string, what: string): void {
  if (!NAME.test(name)) throw unwritable(`${quoteForMessage(name)} cannot be the name of ${what}`);
}

/** What a reader would not give back as it was: `pattern`, and a carriage return, for which there is no escape. */
function requireLiteral(text: string, where: string, pattern: RegExp, what: string): void {
  requireCharacters(text, where);
  if (text.includes("\r")) throw unwritable(`${where} cannot hold a carriage return`);
  if (pattern.test(text)) throw unwritable(`${where} cannot ${what}`);
}

function escaped(text: string, pattern: RegExp): string {
  return text.replace(pattern, (one) => ESCAPES[one] ?? one);
}

/** A value between the quotes of an attribute; `where` names it in an error. */
export function attributeText(value: string, where: string): string {
  requireCharacters(value, where);
  return escaped(value, /[&<>"\t\n\r]/g);
}

/** A text inside an element; `where` names it in an error. */
export function contentText(text: string, where: string): string {
  requireCharacters(text, where);
  return escaped(text, /[&<>\r]/g);
}

/**
 * A value as it is written between the double quotes of an attribute; tab and line ends become references, so that a
 * reader gives them back.
 *
 * @param value any characters that XML can hold
 * @throws HandleError `invalid_value` for a character that XML cannot hold
 * @example
 * ```ts
 * escapeAttribute('a "b"\n'); // "a &quot;b&quot;&#10;"
 * ```
 */
export function escapeAttribute(value: string): string {
  return attributeText(value, "the attribute");
}

/**
 * A text as it is written inside an element.
 *
 * @param text any characters that XML can hold
 * @throws HandleError `invalid_value` for a character that XML cannot hold
 * @example
 * ```ts
 * escapeText("a < b"); // "a &lt; b"
 * ```
 */
export function escapeText(text: string): string {
  return contentText(text, "the text");
}

function openingTag({ name, attributes, children }: XmlElement): string {
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
      requireLiteral(node.text, "a CDATA section", /\]\]>/, "hold ]]>");
      return `<![CDATA[${node.text}]]>`;
    case "comment":
      requireLiteral(node.text, "a comment", /--|-$/, "hold -- or end in -");
      return `<!--${node.text}-->`;
    case "instruction": {
      requireName(node.target, "a processing instruction");
      if (/^xml$/i.test(node.target)) throw unwritable("a processing instruction cannot be named xml");
      requireLiteral(node.text, "a processing instruction", /\?>|^[ \t\n]/, "hold ?> or begin with a space");
      return node.text === "" ? `<?${node.target}?>` : `<?${node.target} ${node.text}?>`;
    }
  }
}

/**
 * Writes an element and all it holds, without an XML declaration, on no more lines than its text has.
 *
 * {@link parseXml} gives back the same tree, but for texts that are empty or stand next to each other: a reader sees
 * no bound between those.
 *
 * @param element what {@link parseXml} gave, or one of your own
 * @throws HandleError `invalid_value` for a character that XML cannot hold (the message has its position), a name that
 *   is none, and a comment, CDATA section or processing instruction that holds its own end
 * @example
 * ```ts
 * writeXml({ type: "element", name: "a", attributes: new Map([["b", "1 < 2"]]), children: [] }); // '<a b="1 &lt; 2"/>'
 * ```
 */
export function writeXml(element: XmlElement): string {
  const written: string[] = [];
  // A stack of our own: a tree may be deeper than calls can be. A string is a closing tag.
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
      if (child !== undefined) waiting.push(child);
    }
  }
  return written.join("");
}
