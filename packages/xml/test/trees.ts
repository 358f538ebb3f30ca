import fc from "fast-check";
import type { XmlElement, XmlNode } from "../src/reader.ts";

const isXmlText = (text: string) => /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u.test(text);

/** Any text that XML allows, with many characters that must be escaped. */
export const anyText = fc
  .oneof(
    fc.string({ unit: fc.constantFrom(..."<>&\"' \t\n\r]-?ab\u0085\u2028é\u{1f600}") }),
    fc.string({ unit: "binary" }),
  )
  .filter(isXmlText);

export const anyName = fc
  .tuple(
    fc.constantFrom("a", "_", ":", "é", "\u{10000}", "__proto__", "constructor", "xmlns", "x:y"),
    fc.string({ unit: fc.constantFrom("a", "-", ".", "9", "·", "Z"), maxLength: 4 }),
  )
  .map((parts) => parts.join(""));

const attributes = fc
  .uniqueArray(fc.tuple(anyName, anyText), { selector: ([name]) => name, maxLength: 4 })
  .map((pairs) => new Map(pairs));

const literal = anyText.map((text) => text.replaceAll("\r", ""));
const leaf: fc.Arbitrary<XmlNode> = fc.oneof(
  anyText.filter((text) => text !== "").map((text) => ({ type: "text", text }) as const),
  literal.filter((text) => !text.includes("]]>")).map((text) => ({ type: "cdata", text }) as const),
  literal.filter((text) => !/--|-$/.test(text)).map((text) => ({ type: "comment", text }) as const),
  fc
    .tuple(anyName, literal)
    .filter(([, text]) => !/\?>|^[ \t\n]/.test(text))
    .map(([target, text]) => ({ type: "instruction", target, text }) as const),
);

const joinsText = (one: XmlNode, next: XmlNode | undefined) => one.type === "text" && next?.type === "text";

/** Elements as a reader returns them: no empty texts, no adjacent ones. */
export const anyElement: fc.Arbitrary<XmlElement> = fc.letrec<{ element: XmlElement }>((tie) => ({
  element: fc.record({
    type: fc.constant("element" as const),
    name: anyName,
    attributes,
    children: fc
      .array(fc.oneof({ maxDepth: 4 }, leaf, tie("element")), { maxLength: 5 })
      .map((nodes) => nodes.filter((node, i) => !joinsText(node, nodes[i + 1]))),
  }),
})).element;

/** Text that resembles XML. */
export const anyMarkup = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ..."< > & \" ' = / ! ? - [ ] ; # a b".split(" "),
        ...[
          "<a>",
          "</a>",
          "<a",
          "/>",
          "<!--",
          "-->",
          "<![CDATA[",
          "]]>",
          "<?",
          "?>",
          "<?xml ",
          'version="1.0"',
        ],
        ...[
          "<!DOCTYPE a [",
          "<!ENTITY b 'c'>",
          "]>",
          "&b;",
          "&amp;",
          "&#0;",
          "&#x10ffff;",
          ' b="',
          "\r\n",
          " ",
        ],
        ...['encoding="utf-16"', 'standalone="no"', "\ufeff", "\ud800", "\0", "\u{1f600}"],
      ),
      fc.string({ unit: "binary", maxLength: 3 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(""));
