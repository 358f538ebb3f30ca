import { HandleError, type HandleValue, type ValueData } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { formatValues, reportError, toJson } from "../src/output.ts";

const value = (index: number, type: string, data: ValueData): HandleValue => ({
  index,
  type,
  data,
  ttl: 86400,
  permissions: "1110",
  references: [],
  timestamp: "1970-01-01T00:00:00Z",
});
const text = (data: string): ValueData => ({ format: "string", value: data });

describe("formatValues", () => {
  it("writes one line per value, in columns", () => {
    const values = [
      value(1, "URL", text("https://example.org/")),
      value(100, "HS_ADMIN", {
        format: "admin",
        value: { index: 300, handle: "0.NA/20.500.12345", permissions: "011111110011" },
      }),
      value(200, "HS_VLIST", {
        format: "vlist",
        value: [
          { index: 300, handle: "20.500.12345/A" },
          { index: 300, handle: "20.500.12345/B" },
        ],
      }),
      value(300, "HS_PUBKEY", { format: "key", value: { kty: "RSA", n: "AQAB", e: "AQAB" } }),
      value(400, "X", { format: "base64", value: "AAEC" }),
    ];
    expect(formatValues(values).split("\n")).toEqual([
      "  1  URL        https://example.org/",
      "100  HS_ADMIN   300:0.NA/20.500.12345 011111110011",
      "200  HS_VLIST   300:20.500.12345/A 300:20.500.12345/B",
      "300  HS_PUBKEY  RSA public key",
      "400  X          base64:AAEC",
      "",
    ]);
    expect(formatValues([])).toBe("");
  });

  it.each([
    { format: "admin", value: "x" },
    { format: "vlist", value: 7 },
    { format: "site", value: {} },
    { format: "string", value: 7 },
    { format: "xml", value: "<a/>" },
    null,
  ])("shows data that are not what their format says as JSON: %j", (data) => {
    expect(formatValues([value(1, "X", data as never)])).toMatch(/^1 {2}X {2}.+\n$/);
  });

  it("escapes characters that control a terminal, in types and data", () => {
    expect(formatValues([value(1, "A\u001b", text("a\u009b31m\r\n\t\u202eb\u200e\ud800"))])).toBe(
      "1  A\\u001b  a\\u009b31m\\r\\n\\t\\u202eb\\u200e\\ud800\n",
    );
  });
});

describe("toJson", () => {
  it("escapes what controls a terminal, and is still the same JSON", () => {
    const value = { text: "a\u001b]0;x\u0007\u009b31m\u202e\u{e0001}\u2028\ud800é😀" };
    const json = toJson(value);
    expect(json).toBe('{"text":"a\\u001b]0;x\\u0007\\u009b31m\\u202e\\udb40\\udc01\\u2028\\ud800é😀"}');
    expect(JSON.parse(json)).toEqual(value);
  });
});

describe("reportError", () => {
  function report(error: unknown, json = false) {
    const written = { out: "", err: "" };
    const code = reportError(
      {
        json,
        out: (more) => {
          written.out += more;
        },
        err: (more) => {
          written.err += more;
        },
      },
      error,
    );
    return { code, ...written };
  }
  const missing = new HandleError("handle_not_found", {
    message: "There is no\u001b handle a/b.",
    hint: "Check the handle.",
    handle: "a/b",
    responseCode: 100,
    status: 404,
  });

  it("writes message and hint to stderr", () => {
    expect(report(missing)).toEqual({
      code: 6,
      out: "",
      err: "hdl: There is no\\u001b handle a/b.\n     Check the handle.\n",
    });
    expect(report(new HandleError("timeout", { message: "Too late." }))).toEqual({
      code: 8,
      out: "",
      err: "hdl: Too late.\n",
    });
  });

  it("writes one line of JSON with --json", () => {
    const { code, out, err } = report(missing, true);
    expect([code, out, err.endsWith("\n")]).toEqual([6, "", true]);
    expect(JSON.parse(err)).toEqual({
      error: {
        code: "handle_not_found",
        message: missing.message,
        hint: "Check the handle.",
        handle: "a/b",
        responseCode: 100,
        status: 404,
      },
    });
  });

  it("reports anything else as unexpected", () => {
    expect(report(new TypeError("broken\u0007"))).toEqual({ code: 1, out: "", err: "hdl: broken\\u0007\n" });
    expect(report("broken", true)).toEqual({ code: 1, out: "", err: '{"error":{"message":"broken"}}\n' });
  });
});
