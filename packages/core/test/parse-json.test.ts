import { isHandleError, parseJson } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

const failure = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (isHandleError(error, "invalid_value")) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
};

describe("parseJson", () => {
  it("parses what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        expect(parseJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("throws nothing but invalid_value, which does not quote the text", () => {
    const markup = fc.string({ unit: fc.constantFrom(...'[]{}"\\:,01 etrunls\n') });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), markup), (text) => {
        try {
          parseJson(text);
        } catch (error) {
          if (!isHandleError(error, "invalid_value")) throw error;
        }
      }),
      { numRuns: 500 },
    );
    expect(failure(() => parseJson("{S3CR3T"))).not.toContain("S3CR3T");
  });

  it.each([
    ["arrays", "[".repeat(64), "]".repeat(64)],
    ["objects", '{"a":'.repeat(63), `{}${"}".repeat(63)}`],
    ["both", '[{"]":'.repeat(31), `[{}]${"}]".repeat(31)}`],
  ])("parses a nesting of 64 %s and refuses one more", (_, open, close) => {
    expect(() => parseJson(`${open}${close}`)).not.toThrow();
    expect(failure(() => parseJson(`[${open}${close}]`))).toContain("nests deeper than 64");
  });

  it("counts no brackets in strings", () => {
    const text = `${"[{".repeat(100)}\\"\\`;
    expect(parseJson(JSON.stringify([text]))).toEqual([text]);
    expect(failure(() => parseJson(`"\\"${"[".repeat(100)}`))).toContain("not JSON");
    expect(failure(() => parseJson(`"\\\\"${"[".repeat(100)}`))).toContain("nests deeper");
  });

  it("hands nothing that is too deep to the parser", () => {
    const parse = vi.spyOn(JSON, "parse");
    try {
      expect(failure(() => parseJson("[".repeat(14_000_000)))).toContain("nests deeper");
      expect(parse).not.toHaveBeenCalled();
    } finally {
      parse.mockRestore();
    }
  });
});
