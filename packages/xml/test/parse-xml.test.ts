import { isHandleError } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseXml } from "../src/reader.ts";
import { refusal } from "./refusal.ts";
import { anyMarkup } from "./trees.ts";

const CANARY = "S3CR3T-value";
const messageOf = (text: string | Uint8Array) => refusal(() => parseXml(text)).message;
const bytes = (text: string) => new TextEncoder().encode(text);
const latin1 = (text: string) => Uint8Array.from(text, (one) => one.charCodeAt(0));

describe("parseXml", () => {
  it("returns an ordered tree with everything inside the root element", () => {
    const text =
      '<?xml version="1.0"?>\n<r b="1" a="2">x<!--c--><?p q r?><![CDATA[<&]]><e/>\r\ny</r>\n<!-- after -->';
    const root = parseXml(text);
    expect([...root.attributes]).toEqual([
      ["b", "1"],
      ["a", "2"],
    ]);
    expect(root.children).toEqual([
      { type: "text", text: "x" },
      { type: "comment", text: "c" },
      { type: "instruction", target: "p", text: "q r" },
      { type: "cdata", text: "<&" },
      { type: "element", name: "e", attributes: new Map(), children: [] },
      { type: "text", text: "\ny" },
    ]);
  });

  it("replaces references by their characters, also white space in attributes", () => {
    const root = parseXml('<r a="&#10;&#x9;&#13;&amp;&quot;\n\t">&lt;&#x1F600;&#13;</r>');
    expect(root.attributes.get("a")).toBe('\n\t\r&"  ');
    expect(root.children).toEqual([{ type: "text", text: "<\u{1f600}\r" }]);
  });

  it("accepts attributes named like members of Object.prototype", () => {
    const root = parseXml('<r __proto__="1" constructor="2"/>');
    expect([...root.attributes]).toEqual([
      ["__proto__", "1"],
      ["constructor", "2"],
    ]);
  });

  it.each([
    ["nothing", "", "line 1, column 1: the document has no root element"],
    ["no element", " <!-- a -->", "the document has no root element"],
    ["a DOCTYPE", "<?xml version='1.0'?>\n <!DOCTYPE r><r/>", "line 2, column 2: a DOCTYPE is not allowed"],
    ["a DOCTYPE in lower case", "<!doctype html><html>", "line 1, column 1: a DOCTYPE is not allowed"],
    [
      "a DOCTYPE after a comment about one",
      "<!--<!DOCTYPE a>--><!DOCTYPE r [",
      "column 20: a DOCTYPE is not",
    ],
    ["a DOCTYPE after a byte order mark", "\ufeff<!DOCTYPE r>", "line 1, column 1: a DOCTYPE is not allowed"],
    [
      "a DOCTYPE after line ends of all kinds",
      "\r\n\r \n <!DOCTYPE r>",
      "line 4, column 2: a DOCTYPE is not",
    ],
    ["a DOCTYPE inside", "<r><!DOCTYPE r></r>", "a DOCTYPE is not allowed"],
    ["an undefined entity", "<r>\n &nbsp;</r>", "line 2, column 7: this entity is not defined"],
    ["an entity with the name of an object member", "<r>&constructor;</r>", "this entity is not defined"],
    ["a bare ampersand", `<r a="x?a=1&b=${CANARY};"/>`, "this & does not begin a reference"],
    ["a control character", "<r>a\u0001</r>", "line 1, column 5: the character U+0001 is not allowed in XML"],
    ["a lone surrogate", "<r>\u{1f600}\ud800</r>", "column 5: the character U+D800 is not allowed"],
    ["a reference to a control character", "<r>&#1;</r>", "this reference is malformed"],
    ["that reference in XML 1.1", '<?xml version="1.1"?><r>&#1;</r>', "this reference is malformed"],
    [
      "an attribute twice",
      `<r a="${CANARY}"\nb="1" a="2"/>`,
      "line 2, column 11: the element has two attributes",
    ],
    ["two roots", "<r/>\n<r/>", "line 2, column 3: there is a second root element"],
    ["text after the root", `<r/>${CANARY}`, "there is text outside of the root element"],
    ["a raw <", `<r a="<${CANARY}"/>`, "line 1, column 7: a < in an attribute must be written &lt;"],
    ["a < in text", "<r>1 < 2</r>", "this < does not begin a tag"],
    ["no quotes", `<r a=${CANARY}/>`, "the value of an attribute must be in quotes"],
    ["no value", "<r a/>", "this character is not allowed in the name of an attribute"],
    ["no space", `<r a="1"b="${CANARY}"/>`, "a space is missing between two attributes"],
    [
      "another closing tag",
      "<r>\n<a\n>\n</r>",
      "line 4, column 4: this closing tag does not match the element opened on line 2",
    ],
    [
      "no closing tag",
      "<r>\n<a></a>\n",
      "line 3, column 1: the document ends before the element opened on line 1 is closed",
    ],
    ["a closing tag alone", "</r>", "this closing tag has no opening tag"],
    ["an open comment", "<r/><!-- a", "the document ends too early"],
    ["-- in a comment", "<r><!-- a -- b --></r>", "a comment must not contain --"],
    ["]]> in text", "<r>]]></r>", "]]> in text must be written ]]&gt;"],
    [
      "a late declaration",
      "\n<?xml version='1.0'?><r/>",
      "an XML declaration is allowed only at the very beginning",
    ],
    ["a broken declaration", "<?xml encoding='utf-8'?><r/>", "malformed"],
    ["something else after <!", "<r><!ELEMENT a></r>", "this <! begins neither a comment"],
  ])("refuses %s", (_, text, message) => {
    const error = refusal(() => parseXml(text));
    expect(error.message).toContain(message);
    expect(error.code).toBe("invalid_value");
    expect(error.cause).toBeUndefined();
    expect(JSON.stringify([error.message, error.hint])).not.toContain(CANARY);
  });

  it("refuses a document that is too large before reading it", () => {
    const large = `<r>${"é".repeat(10)}</r>`;
    expect(parseXml(large, { maxBytes: 27 }).name).toBe("r");
    for (const text of [large, bytes(large)]) {
      expect(refusal(() => parseXml(text, { maxBytes: 26 })).message).toBe(
        "The XML is larger than 26 bytes.",
      );
    }
    expect(messageOf(`<${" ".repeat(1_048_576)}`)).toBe("The XML is larger than 1048576 bytes.");
    for (const text of ["<r/>", bytes("<r/>")]) {
      expect(refusal(() => parseXml(text, { maxBytes: Number.NaN })).code).toBe("invalid_options");
    }
  });

  it("refuses the first element that is too deep", () => {
    expect(parseXml("<a>".repeat(64) + "</a>".repeat(64)).name).toBe("a");
    expect(messageOf("<a>".repeat(100_000))).toBe(
      "The XML cannot be read at line 1, column 195: elements are nested deeper than 64.",
    );
    expect(refusal(() => parseXml("<a><b/></a>", { maxDepth: 1 })).message).toContain("deeper than 1");
    const deep = parseXml("<a>".repeat(100_000) + "</a>".repeat(100_000), { maxDepth: 100_000 });
    expect(deep.children).toHaveLength(1);
  });

  it("throws nothing but HandleError, whatever it is given", () => {
    const onlyHandleError = (text: string | Uint8Array) => {
      try {
        parseXml(text);
      } catch (error) {
        if (!isHandleError(error, "invalid_value")) throw error;
      }
    };
    fc.assert(fc.property(anyMarkup, onlyHandleError), { numRuns: 2000 });
    fc.assert(fc.property(fc.string({ unit: "binary" }), onlyHandleError));
    fc.assert(fc.property(fc.uint8Array(), onlyHandleError));
    fc.assert(fc.property(anyMarkup, (text) => onlyHandleError(bytes(text))));
  });
});

describe("parseXml of bytes", () => {
  const textOf = (document: Uint8Array) => parseXml(document).children;

  it.each([
    ["UTF-8", bytes("<r>é\u{1f600}</r>"), "é\u{1f600}"],
    ["UTF-8 with a byte order mark", bytes('\ufeff<?xml version="1.0" encoding="UTF-8"?><r>é</r>'), "é"],
    ["ISO-8859-1", latin1('<?xml version="1.0" encoding="ISO-8859-1"?><r>é\u0085</r>'), "é\u0085"],
    ["US-ASCII", bytes("<?xml version='1.0' encoding = 'us-ascii' ?><r>&#233;</r>"), "é"],
  ])("reads %s", (_, document, text) => {
    expect(textOf(document)).toEqual([{ type: "text", text }]);
  });

  it("reads ISO-8859-1 of more than one block", () => {
    const long = "é".repeat(20_000);
    expect(textOf(latin1(`<?xml version="1.0" encoding="iso-8859-1"?><r>${long}</r>`))).toEqual([
      { type: "text", text: long },
    ]);
  });

  it.each([
    ["UTF-16", Uint8Array.of(0xff, 0xfe, 0x3c, 0), "UTF-16 and UTF-32 are not supported"],
    [
      "UTF-16 without a byte order mark",
      Uint8Array.of(0, 0x3c, 0, 0x72),
      "UTF-16 and UTF-32 are not supported",
    ],
    [
      "a declared UTF-16",
      bytes('<?xml version="1.0" encoding="UTF-16"?><r/>'),
      "an encoding other than UTF-8",
    ],
    [
      "windows-1252",
      bytes('<?xml version="1.0" encoding="windows-1252"?><r/>'),
      "an encoding other than UTF-8",
    ],
    [
      "a byte order mark that contradicts the declaration",
      bytes('\ufeff<?xml version="1.0" encoding="latin1"?><r/>'),
      "the byte order mark of UTF-8",
    ],
    [
      "ISO-8859-1 undeclared",
      latin1("<r>\n\ufffdé</r>".replace("\ufffd", "a")),
      "line 2, column 2: the bytes are not UTF-8",
    ],
    ["a truncated character", bytes("<r>é").subarray(0, 4), "line 1, column 4: the bytes are not UTF-8"],
    [
      "more than ASCII",
      bytes('<?xml version="1.0" encoding="ASCII"?>\n<r>é</r>'),
      "line 2, column 4: the document declares US-ASCII",
    ],
  ])("refuses %s", (_, document, message) => {
    expect(messageOf(document)).toContain(message);
  });

  it("ignores the declared encoding of a string", () => {
    expect(parseXml('\ufeff<?xml version="1.0" encoding="UTF-16"?><r/>').name).toBe("r");
  });
});
