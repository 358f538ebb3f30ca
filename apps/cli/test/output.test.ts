import { HandleError, type HandleValue, type ValueData } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { formatValues, shownValues } from "../src/format-values.ts";
import { createOutput, type OutputOptions } from "../src/output.ts";
import { reportError } from "../src/report-error.ts";
import { createStyle } from "../src/style.ts";
import { toJson } from "../src/to-json.ts";

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

function collectOutput(options: Partial<OutputOptions> = {}, isTTY = false) {
  const written = { out: "", err: "" };
  const stream = (name: "out" | "err") => ({
    isTTY,
    write(more: string) {
      written[name] += more;
    },
  });
  const output = createOutput({
    command: "get",
    env: {},
    stdout: stream("out"),
    stderr: stream("err"),
    ...options,
  });
  return { output, written };
}

const plain = { showSecrets: false, style: createStyle({}, {}) };

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
      value(301, "hs_seckey", text("S3CR3T")),
      value(400, "X", { format: "base64", value: "AAEC" }),
    ];
    expect(formatValues(values, plain).split("\n")).toEqual([
      "  1  URL        https://example.org/",
      "100  HS_ADMIN   300:0.NA/20.500.12345 011111110011",
      "200  HS_VLIST   300:20.500.12345/A 300:20.500.12345/B",
      "300  HS_PUBKEY  RSA public key",
      "301  hs_seckey  [redacted]",
      "400  X          base64:AAEC",
      "",
    ]);
    expect(formatValues([], plain)).toBe("");
  });

  it.each([
    { format: "admin", value: "x" },
    { format: "vlist", value: 7 },
    { format: "site", value: {} },
    { format: "string", value: 7 },
    { format: "xml", value: "<a/>" },
    null,
  ])("shows data that are not what their format says as JSON: %j", (data) => {
    expect(formatValues([value(1, "X", data as never)], plain)).toMatch(/^1 {2}X {2}.+\n$/);
  });

  it("escapes characters that control a terminal, in types and data", () => {
    expect(formatValues([value(1, "A\u001b", text("a\u009b31m\r\n\t\u202eb\u200e\ud800"))], plain)).toBe(
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

describe("shownValues", () => {
  it("gives text one form, and no secret key", () => {
    const values = [
      { index: 1, type: "URL", data: "u" },
      { index: 2, type: "HS_SECKEY", data: "S3CR3T" },
    ];
    expect(shownValues(values, { showSecrets: false })).toEqual([
      { index: 1, type: "URL", data: { format: "string", value: "u" } },
      { index: 2, type: "HS_SECKEY", data: null, redacted: true },
    ]);
    expect(JSON.stringify(shownValues(values, { showSecrets: true })).includes("S3CR3T")).toBe(true);
  });
});

describe("createOutput", () => {
  it("writes one line of JSON for each result, and to stderr for each warning", () => {
    const { output, written } = collectOutput({ json: true, verbose: true });
    output.result({ handle: "a/b" }, "not this");
    output.say("nor this");
    output.warn("careful");
    output.trace("a step");
    expect(written.out).toBe('{"command":"get","handle":"a/b"}\n');
    expect(written.err).toBe('{"command":"get","warning":"careful"}\n{"command":"get","trace":"a step"}\n');
  });

  it("says nothing with --quiet but results and warnings", () => {
    const { output, written } = collectOutput({ quiet: true });
    output.result({}, "a result");
    output.say("done");
    output.warn("careful");
    expect(written).toEqual({ out: "a result\n", err: "hdl: warning: careful\n" });
  });

  it("has colours and progress on a terminal only, and no colours under NO_COLOR or TERM=dumb", () => {
    const red = (env: Record<string, string>, isTTY: boolean) =>
      collectOutput({ env }, isTTY).output.style.red("x");
    expect(red({}, true)).toBe("\u001b[31mx\u001b[39m");
    expect([red({}, false), red({ NO_COLOR: "1" }, true), red({ TERM: "dumb" }, true)]).toEqual([
      "x",
      "x",
      "x",
    ]);
    expect(red({ NO_COLOR: "" }, true)).not.toBe("x");
    expect([true, false].map((isTTY) => collectOutput({}, isTTY).output.progress)).toEqual([true, false]);
    expect(collectOutput({ quiet: true }, true).output.progress).toBe(false);
  });
});

describe("reportError", () => {
  function report(error: unknown, json = false) {
    const { output, written } = collectOutput({ json });
    return { code: reportError(output, error), ...written };
  }
  const missing = new HandleError("handle_not_found", {
    message: "There is no\u001b handle a/b.",
    hint: "Check the handle.",
    handle: "a/b",
    responseCode: 100,
    status: 404,
  });

  it("writes message, hint and the help to stderr", () => {
    expect(report(missing)).toEqual({
      code: 6,
      out: "",
      err: "hdl: error: There is no\\u001b handle a/b.\n     Check the handle.\n     See hdl get --help.\n",
    });
    expect(report(new HandleError("aborted", { message: "Stopped." }))).toEqual({
      code: 130,
      out: "",
      err: "hdl: error: Stopped.\n",
    });
  });

  it("writes one line of JSON with --json", () => {
    const { code, out, err } = report(missing, true);
    expect([code, out, err.endsWith("\n")]).toEqual([6, "", true]);
    expect(JSON.parse(err)).toEqual({
      command: "get",
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
    expect(report(new TypeError("broken\u0007"))).toMatchObject({ code: 1, out: "" });
    expect(report(new TypeError("broken\u0007")).err).toContain("hdl: error: broken\\u0007\n");
    expect(report("broken", true).err).toBe('{"command":"get","error":{"message":"broken"}}\n');
  });

  it("says what the options are called here", () => {
    const hint = "It decides who may change the record. The option modifyAdmin (modify_HS_ADMIN) allows it.";
    expect(report(new HandleError("invalid_options", { message: "No.", hint })).err).toContain(
      "--modify-admin allows it",
    );
  });
});
