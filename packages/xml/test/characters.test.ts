import { findForbidden, replaceForbidden } from "@handlekit/xml";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseXml } from "../src/reader.ts";

describe("findForbidden", () => {
  it("returns offset, position, character and name of the first one", () => {
    expect(findForbidden("\u{1f600}b\u0001\u0002")).toEqual({
      index: 3,
      position: 3,
      character: "\u0001",
      name: "U+0001",
    });
  });

  it.each([
    ["\0", "U+0000"],
    ["\u0008", "U+0008"],
    ["\u000b", "U+000B"],
    ["\u001f", "U+001F"],
    ["\ud800", "U+D800"],
    ["\udfff", "U+DFFF"],
    ["\ufffe", "U+FFFE"],
    ["\uffff", "U+FFFF"],
  ])("finds %j", (character, name) => {
    expect(findForbidden(`a${character}`)).toEqual({ index: 1, position: 2, character, name });
  });

  it.each([
    "",
    "\t\n\r ~",
    "\u007f\u0085",
    "\ud7ff\ue000\ufffd",
    "\u{10000}\u{1ffff}\u{10ffff}",
    "\u202e\u200b",
  ])("allows %j", (text) => expect(findForbidden(text)).toBeUndefined());

  it("agrees with the reader", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const document = `<r a="${text.replace(/[<&"]/g, "")}"/>`;
        const read = () => parseXml(document);
        if (findForbidden(document)) expect(read).toThrow("is not allowed in XML");
        else expect(read).not.toThrow();
      }),
    );
  });
});

describe("replaceForbidden", () => {
  it("replaces each one, by default with U+FFFD", () => {
    expect(replaceForbidden("a\0b\ud800\ufffe")).toBe("a\ufffdb\ufffd\ufffd");
    expect(replaceForbidden("a\u0001b", "$&")).toBe("a$&b");
    expect(replaceForbidden("\u{1f600}\t")).toBe("\u{1f600}\t");
  });

  it("leaves none", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(findForbidden(replaceForbidden(text))).toBeUndefined();
      }),
    );
  });
});
