import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { straightenQuotes } from "../src/json/straighten-quotes.ts";

const straight = (text: string) => straightenQuotes(text).text;

describe("straightenQuotes", () => {
  it("replaces the quotes that delimit strings and returns the offset of the first", () => {
    expect(straightenQuotes("{ “a”: “b”, „c“: ‘d’ }")).toEqual({ text: '{ "a": "b", "c": "d" }', first: 2 });
  });

  it("leaves the same characters inside a plainly quoted string", () => {
    const text = '{"a": "“b”, ‘c’ \\" “", "d": 1}';
    expect(straightenQuotes(text)).toEqual({ text });
  });

  it("closes a string only where a JSON string may end", () => {
    expect(straight("{“a”: “it’s “quoted” text”}")).toBe('{"a": "it’s “quoted” text"}');
    expect(straight("{“a”: “b””}")).toBe('{"a": "b”"}');
    expect(straight("{‘a’: ‘it’s “b”, c’}")).toBe('{"a": "it’s “b”, c"}');
  });

  it("lets a plain quote close a string that a typographic one opened, but not the reverse", () => {
    expect(straight('{“a": “b"}')).toBe('{"a": "b"}');
    expect(straight('{"a”: 1}')).toBe('{"a”: 1}');
  });

  it("respects backslashes, and stops at the end of the line", () => {
    expect(straight("{“a”: “b\\\\”}")).toBe('{"a": "b\\\\"}');
    expect(straight("{“a”: “b,\n“c”: 1}")).toBe('{"a": "b,\n"c": 1}');
    expect(straight("{“")).toBe('{"');
    expect(straight("“\\")).toBe('"\\');
  });

  it("never changes valid JSON", () => {
    const quotes = fc.string({ unit: fc.constantFrom(..."“”„‟‘’\"'\\,:}] \nab") });
    const json = fc
      .jsonValue()
      .chain((value) => quotes.map((text) => JSON.stringify({ [text]: [text, value] }, null, 1)));
    fc.assert(
      fc.property(json, (text) => {
        expect(straightenQuotes(text)).toEqual({ text });
      }),
    );
  });

  it("keeps every offset", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'“”„‟‘’"\\,:{}[] \n\ra') }), (text) => {
        const result = straight(text);
        expect(result.length).toBe(text.length);
        for (let at = 0; at < text.length; at++) {
          if (result.charAt(at) !== text.charAt(at)) expect("“”„‟‘’").toContain(text.charAt(at));
        }
      }),
    );
  });
});
