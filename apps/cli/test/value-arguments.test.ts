import { isHandleError, MAX_INDEX } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRecord, parseValueArgument, readValues } from "../src/value-arguments.ts";

function errorOf(run: () => unknown): unknown {
  try {
    return run();
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
    ["DESC=@C:\\texts\\a=b.txt", { type: "DESC", data: "@C:\\texts\\a=b.txt" }],
    ["300:HS_SECKEY", { index: 300, type: "HS_SECKEY", data: undefined }],
  ])("reads %s", (text, value) => {
    expect(parseValueArgument(text)).toEqual(value);
  });

  it.each(["", "URL", "=x", "0:URL=S3CR3T", `${MAX_INDEX + 1}:URL=S3CR3T`, "99999999999:URL=S3CR3T"])(
    "rejects %j without showing the data",
    (text) => {
      const error = errorOf(() => parseValueArgument(text));
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
        const result = errorOf(() => parseValueArgument(text));
        if (result instanceof Error) expect(isHandleError(result, "invalid_value")).toBe(true);
      }),
    );
  });
});

describe("parseRecord", () => {
  const value = { index: 1, type: "URL", data: { format: "string", value: "https://example.org/" } };

  it("reads a list, what hdl get --json prints, and an object from type to data", () => {
    const printed = {
      command: "get",
      handle: "a/b",
      values: [{ ...value, timestamp: "2026-01-01T00:00:00Z" }],
    };
    expect(parseRecord(JSON.stringify([value]), "here")).toEqual([value]);
    expect(parseRecord(JSON.stringify(printed), "here")).toEqual([value]);
    expect(parseRecord('{"URL":"x","TITLE":"y"}', "here")).toEqual([
      { type: "URL", data: "x" },
      { type: "TITLE", data: "y" },
    ]);
  });

  it("returns values or throws invalid_value without the text, whatever it is given", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.constant('["S3CR3T"]')), (text) => {
        const result = errorOf(() => parseRecord(text, "here"));
        if (!(result instanceof Error)) return;
        expect(isHandleError(result, "invalid_value")).toBe(true);
        expect(JSON.stringify(result).includes("S3CR3T")).toBe(false);
      }),
    );
  });
});

describe("readValues", () => {
  it.each([
    "HS_SECKEY=S3CR3T",
    "300:hs_seckey=S3CR3T",
    '{"HS_SECKEY":"S3CR3T"}',
    "HS_SECKEY.X=S3CR3T",
    "HS_SECKEY=@@S3CR3T",
  ])("refuses %s, and says how to give it", async (argument) => {
    const error = await readValues([argument]).catch((thrown: unknown) => thrown);
    expect(isHandleError(error, "invalid_options")).toBe(true);
    expect(JSON.stringify(error)).not.toContain("S3CR3T");
    expect(JSON.stringify(error)).toContain("HS_SECKEY=@FILE");
  });

  it("reads data that begin with @, and names a file that is not there", async () => {
    expect(await readValues(["TWITTER=@@someone"])).toEqual([{ type: "TWITTER", data: "@someone" }]);
    const error = await readValues(["DESC=@no/such/file"]).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain("no/such/file does not exist");
  });

  it("reads standard input once", async () => {
    const error = await readValues(["A=-", "2:B=-"]).catch((thrown: unknown) => thrown);
    expect(isHandleError(error, "invalid_options")).toBe(true);
  });
});
