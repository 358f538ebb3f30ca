import { isHandleError, MAX_INDEX } from "@handlekit/core";
import { InvalidArgumentError } from "commander";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collect, parseValueArgument, wholeNumber } from "../src/arguments.ts";

function errorOf(text: string): unknown {
  try {
    return parseValueArgument(text);
  } catch (error) {
    return error;
  }
}

describe("parseValueArgument", () => {
  it.each([
    ["URL=https://example.org/?a=b", { type: "URL", data: "https://example.org/?a=b" }],
    ["3:EMAIL=someone@example.org", { index: 3, type: "EMAIL", data: "someone@example.org" }],
    ["TITLE=", { type: "TITLE", data: "" }],
    ["DESC=two\nlines", { type: "DESC", data: "two\nlines" }],
    ["10320/loc=<locations/>", { type: "10320/loc", data: "<locations/>" }],
    ["a:b=c", { type: "a:b", data: "c" }],
  ])("reads %s", (text, value) => {
    expect(parseValueArgument(text)).toEqual(value);
  });

  it.each(["", "URL", "=x", "0:URL=S3CR3T", `${MAX_INDEX + 1}:URL=S3CR3T`, "99999999999:URL=S3CR3T"])(
    "rejects %j without showing the data",
    (text) => {
      const error = errorOf(text);
      expect(isHandleError(error, "invalid_value")).toBe(true);
      expect(JSON.stringify(error).includes("S3CR3T")).toBe(false);
    },
  );

  it("reads back any index, type and data", () => {
    const type = fc.string({ minLength: 1 }).filter((text) => !/=|^\d+:/.test(text));
    const index = fc.option(fc.integer({ min: 1, max: MAX_INDEX }), { nil: undefined });
    fc.assert(
      fc.property(index, type, fc.string(), (number, name, data) => {
        const text = `${number === undefined ? "" : `${number}:`}${name}=${data}`;
        const value = number === undefined ? { type: name, data } : { index: number, type: name, data };
        expect(parseValueArgument(text)).toEqual(value);
      }),
    );
  });

  it("returns a value or throws invalid_value for any text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const result = errorOf(text);
        if (result instanceof Error) expect(isHandleError(result, "invalid_value")).toBe(true);
      }),
    );
  });
});

describe("wholeNumber", () => {
  it("reads digits alone", () => {
    expect(["0", "300", "2147483647"].map(wholeNumber)).toEqual([0, 300, 2147483647]);
    for (const text of ["", "-1", "1.5", "1e3", "0x1", " 1", "12345678901", "١"]) {
      expect(() => wholeNumber(text)).toThrow(InvalidArgumentError);
    }
  });
});

describe("collect", () => {
  it("appends each occurrence of an option", () => {
    const read = collect(wholeNumber);
    expect(read("2", read("1"))).toEqual([1, 2]);
  });
});
