import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  escapeAttribute,
  escapeText,
  parseXml,
  writeXml,
  type XmlElement,
  type XmlNode,
} from "../src/reader.ts";
import { refusal } from "./refusal.ts";
import { anyElement, anyMarkup, anyText } from "./trees.ts";

const element = (name: string, attributes: [string, string][], children: XmlNode[] = []): XmlElement => ({
  type: "element",
  name,
  attributes: new Map(attributes),
  children,
});
const orders = (root: XmlElement): unknown => [
  [...root.attributes],
  root.children.map((child) => (child.type === "element" ? orders(child) : child)),
];

describe("writeXml", () => {
  it.each([
    '<locations chooseby="locatt,weighted"><location id="0" href="https://a.example/?a=1&amp;b=2"/></locations>',
    '<r b="&#9;&#10;&#13;" a="&quot;&lt;&gt;\'">\n <!-- c --><?p?><?p q?><![CDATA[ ]] ]]><x:y xmlns:x="u"/>&#13;]]&gt;</r>',
  ])("writes the document that was read: %s", (text) => {
    expect(writeXml(parseXml(text))).toBe(text);
  });

  it("writes what parseXml reads back as the same tree, in the same order", () => {
    fc.assert(
      fc.property(anyElement, (tree) => {
        const again = parseXml(writeXml(tree));
        expect(again).toEqual(tree);
        expect(orders(again)).toEqual(orders(tree));
      }),
      { numRuns: 500 },
    );
  });

  it("writes every tree that can be read", () => {
    let readable = 0;
    fc.assert(
      fc.property(anyMarkup, (middle) => {
        let tree: XmlElement;
        try {
          tree = parseXml(`<a>${middle}</a>`);
        } catch {
          return;
        }
        readable++;
        expect(parseXml(writeXml(tree))).toEqual(tree);
      }),
      { numRuns: 3000 },
    );
    expect(readable).toBeGreaterThan(100);
  });

  it("writes trees deeper than the stack", () => {
    let tree = element("a", []);
    for (let depth = 1; depth < 100_000; depth++) tree = element("a", [], [tree]);
    expect(writeXml(tree)).toHaveLength(99_999 * 7 + 4);
  });

  it.each<[string, XmlElement, string]>([
    [
      "a control character",
      element("r", [["a", "x\u{1f600}\0"]]),
      "character 3 of the attribute a of r is U+0000",
    ],
    [
      "a lone surrogate",
      element("r", [], [{ type: "text", text: "\udc00" }]),
      "character 1 of the text is U+DC00",
    ],
    ["a name with a space", element("r s", []), '"r s" cannot be the name of an element'],
    ["no name", element("", []), '"" cannot be the name of an element'],
    ["an invalid attribute name", element("r", [['a="1" b', ""]]), "cannot be the name of an attribute"],
    [
      "]]> in CDATA",
      element("r", [], [{ type: "cdata", text: "]]>" }]),
      "a CDATA section must not contain ]]>",
    ],
    ["a carriage return in CDATA", element("r", [], [{ type: "cdata", text: "\r" }]), "carriage return"],
    [
      "-- in a comment",
      element("r", [], [{ type: "comment", text: "a--b" }]),
      "a comment must not contain --",
    ],
    ["- at its end", element("r", [], [{ type: "comment", text: "a-" }]), "or end with -"],
    [
      "?> in an instruction",
      element("r", [], [{ type: "instruction", target: "p", text: "?>" }]),
      "must not contain ?>",
    ],
    [
      "an instruction named xml",
      element("r", [], [{ type: "instruction", target: "XML", text: "" }]),
      "named xml",
    ],
  ])("refuses %s", (_, tree, message) => {
    const error = refusal(() => writeXml(tree));
    expect(error.code).toBe("invalid_value");
    expect(error.message).toContain(message);
  });

  it("does not quote values in its errors", () => {
    expect(refusal(() => writeXml(element("r", [["a", "S3CR3T\u0007"]]))).message).not.toContain("S3CR3T");
  });
});

describe("escapeAttribute and escapeText", () => {
  it("escape the characters that a reader would change", () => {
    expect(escapeAttribute("<a b='c'>&\"\t\n\r")).toBe("&lt;a b='c'&gt;&amp;&quot;&#9;&#10;&#13;");
    expect(escapeText("<a b='c'>&\"\t\n\r")).toBe("&lt;a b='c'&gt;&amp;\"\t\n&#13;");
  });

  it("return texts that read back unchanged", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const root = parseXml(`<r a="${escapeAttribute(text)}">${escapeText(text)}.</r>`);
        expect(root.attributes.get("a")).toBe(text);
        expect(root.children).toEqual([{ type: "text", text: `${text}.` }]);
      }),
    );
  });

  it("refuse a character that XML does not allow, with its position", () => {
    expect(refusal(() => escapeAttribute("ab\u0001")).message).toContain(
      "character 3 of the attribute is U+0001",
    );
    expect(refusal(() => escapeText("\uffff")).message).toContain("character 1 of the text is U+FFFF");
  });
});
