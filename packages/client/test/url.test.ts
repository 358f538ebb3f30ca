import { isHandleError } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readServer, recordUrl } from "../src/connection/url.ts";

const SERVER = "https://h.example:8000";
const BASE = `${SERVER}/api/handles/`;

/** The handle a server reads from a URL as an HTTP client sends it. */
function asServerReads(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice("/api/handles/".length));
}

describe("recordUrl", () => {
  it.each([
    ["20.500.12345/abc", "/api/handles/20.500.12345/abc"],
    ["20.500.12345/a:b", "/api/handles/20.500.12345/a%3Ab"],
    ["20.500.12345/a b#c?d%e", "/api/handles/20.500.12345/a%20b%23c%3Fd%25e"],
    ["20.500.12345/a/b//c", "/api/handles/20.500.12345/a/b//c"],
    ["20.500.12345/é☃", "/api/handles/20.500.12345/%C3%A9%E2%98%83"],
    ["20.500.12345/a/../b", "/api/handles/20.500.12345%2Fa%2F..%2Fb"],
    ["20.500.12345/..", "/api/handles/20.500.12345%2F.."],
    ["20.500.12345/", "/api/handles/20.500.12345/"],
  ])("%j", (handle, path) => {
    const url = recordUrl(BASE, handle);
    expect([url, asServerReads(url)]).toEqual([`${SERVER}${path}`, handle]);
  });

  it("carries every handle unchanged through a URL parser", () => {
    const part = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom(".", "..", "%2e", "a"));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts) => {
        const handle = `20.500.12345/${parts.join("/")}`;
        expect(asServerReads(recordUrl(BASE, handle, [["index", "1"]]))).toBe(handle);
      }),
    );
  });

  it("puts repeated parameters in their order", () => {
    expect(
      recordUrl(BASE, "a/b", [
        ["index", "2"],
        ["index", "1"],
        ["overwrite", "false"],
      ]),
    ).toBe(`${SERVER}/api/handles/a/b?index=2&index=1&overwrite=false`);
  });
});

describe("readServer", () => {
  it("keeps a path and removes the slash at its end", () => {
    expect(readServer("https://h.example:8000/")).toBe(SERVER);
    expect(readServer("https://h.example/handles/")).toBe("https://h.example/handles");
  });

  it.each(["h.example", "ftp://h.example", ""])("refuses %j", (text) => {
    let error: unknown;
    try {
      readServer(text);
    } catch (e) {
      error = e;
    }
    expect(isHandleError(error, "invalid_options")).toBe(true);
  });
});
