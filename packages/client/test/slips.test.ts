import { createClient } from "@handlekit/client";
import { describe, expect, it } from "vitest";
import { readServer, withoutApiPath } from "../src/connection/url.ts";
import { readSettings } from "../src/settings.ts";
import { createChange } from "../src/writing/change.ts";
import { assertUsualHandle, assertWritable } from "../src/writing/slips.ts";

const failure = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error("The call did not throw.");
};

describe("a new handle", () => {
  it.each([
    ["20.500.12345/", "has an empty suffix"],
    ["20.500.12345/ws1 ", "U+0020 at an end of its suffix"],
    ["20.500.12345/ws2\r", "U+000D at an end of its suffix"],
    ["20.500.12345/ws4\n", "U+000A at an end of its suffix"],
    ["20.500.12345/ws5\u200b", "U+200B at an end of its suffix"],
    ["20.500.12345/ws6\u00a0", "U+00A0 at an end of its suffix"],
    ["20.500.12345/\ufeffx", "U+FEFF at an end of its suffix"],
    [" 20.500.12345/x", "U+0020 at an end of its prefix"],
    ["20.500.12345\u200b/x", "U+200B at an end of its prefix"],
    ["20.500.12345/a\u0007b", "control character U+0007"],
  ])("%j is refused: it %s", (handle, why) => {
    const { code, message } = failure(() => assertUsualHandle(handle));
    expect([code, message]).toEqual(["invalid_handle", expect.stringContaining(why)]);
    expect(message).not.toMatch(/[\p{Cc}\u200b\ufeff]/u);
  });

  it.each([
    "20.500.12345/a b",
    "20.500.12345/é",
    "20.500.12345/a/",
    "0.NA/20.500.12345",
    "20.500.12345/👩\u200d💻",
  ])("%j is taken", (handle) => {
    expect(() => assertUsualHandle(handle)).not.toThrow();
  });
});

describe("a value to be written", () => {
  it.each([
    [{ index: 1, type: "URL", data: "a\ud83d" }, "lone surrogate in its data"],
    [{ index: 1, type: "U\udc00", data: "a" }, "lone surrogate in its type"],
    [{ index: 1, type: "URL", data: "x".repeat(1_048_577) }, "more than 1048576 bytes"],
  ])("is refused if it could not be read back", (value, why) => {
    const { code, message } = failure(() => assertWritable(value));
    expect([code, message]).toEqual(["invalid_value", expect.stringContaining(why)]);
  });

  it("may have 1048576 bytes", () => {
    expect(() => assertWritable({ index: 1, type: "URL", data: "x".repeat(1_048_576) })).not.toThrow();
  });

  it("is warned about if its data end in a line break, or its type is there in another case", () => {
    const change = createChange({
      handle: "a/b",
      created: false,
      written: false,
      before: [{ index: 1, type: "URL", data: { format: "string", value: "u" } }],
      after: [
        { index: 1, type: "URL", data: "u" },
        { index: 2, type: "url", data: "v\r" },
      ],
    });
    expect(change.warnings).toEqual([
      "the data at index 2 (url) end in U+000D",
      "url at index 2 stands beside URL at index 1",
    ]);
    expect(String(change)).toContain("warning: the data at index 2 (url) end in U+000D");
  });
});

describe("the address of a server", () => {
  it.each([
    ["https://handle.example.org:8000/api/handles", "https://handle.example.org:8000"],
    ["https://handle.example.org/api/handles/", "https://handle.example.org"],
    ["https://example.org/pids/api/handles/", "https://example.org/pids"],
    ["https://example.org/pids/", "https://example.org/pids"],
  ])("%s is mended to %s", (given, address) => {
    expect(withoutApiPath(readServer(given))).toBe(address);
  });

  it("is left as it is for an API at another path", () => {
    const settings = readSettings(
      { server: "https://example.org/api/handles" },
      { restApiUrlExtension: "/" },
    );
    expect([settings.server, settings.apiPath]).toEqual(["https://example.org/api/handles", "/"]);
  });

  it("is refused with a prefix behind the path of the API", () => {
    const server = "https://handle.example.org/api/handles/20.500.12345";
    expect(failure(() => createClient({ server }))).toMatchObject({
      code: "invalid_options",
      message: expect.stringContaining("/api/handles"),
      hint: expect.stringContaining("https://handle.example.org:"),
    });
  });
});
