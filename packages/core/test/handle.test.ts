import {
  foldCase,
  formatHandle,
  handleKey,
  normalizeHandle,
  parseHandle,
  prefixHandle,
  prefixOf,
  quoteForMessage,
  sameHandle,
} from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { refusal } from "./support.ts";

describe("parseHandle", () => {
  it.each([
    ["20.500.12345/abc", "20.500.12345", "abc"],
    ["hdl:20.500.12345/abc", "20.500.12345", "abc"],
    ["HDL:20.500.12345/Abc", "20.500.12345", "Abc"],
    ["doi:10.1000/182", "10.1000", "182"],
    ["DOI:10.1000/182", "10.1000", "182"],
    ["https://hdl.handle.net/20.500.12345/a%20b", "20.500.12345", "a b"],
    ["http://hdl.handle.net/20.500.12345/a%2Fb/c?noredirect#top", "20.500.12345", "a/b/c"],
    ["HTTPS://HDL.Handle.NET/20.500.12345/Abc", "20.500.12345", "Abc"],
    ["https://doi.org/10.1000/%C3%BC", "10.1000", "ü"],
    ["https://dx.doi.org/10.1000/182", "10.1000", "182"],
    ["https://www.doi.org/10.1000/182", "10.1000", "182"],
    ["https://handle.example.org:8000/api/handles/20.500.12345/abc?index=1", "20.500.12345", "abc"],
    ["https://example.org/proxy/api/handles/0.NA%2F20.500.12345", "0.NA", "20.500.12345"],
    ["0.NA/20.500.12345", "0.NA", "20.500.12345"],
    ["20.500.12345/https://hdl.handle.net/x/y", "20.500.12345", "https://hdl.handle.net/x/y"],
    ["20.500.12345/", "20.500.12345", ""],
    ["20.500.12345/a/b/../c/", "20.500.12345", "a/b/../c/"],
    ["20.500.12345//", "20.500.12345", "/"],
    ["20.500.12345/a:b", "20.500.12345", "a:b"],
    ["20.500.12345/300:x/y", "20.500.12345", "300:x/y"],
    ["20.500.12345/hdl:x", "20.500.12345", "hdl:x"],
    ["20.500.12345/ü☃😀 \t", "20.500.12345", "ü☃😀 \t"],
    ["test/a;b?c#d%e", "test", "a;b?c#d%e"],
  ])("reads %j", (text, prefix, suffix) => {
    expect(parseHandle(text)).toEqual({ prefix, suffix });
  });

  it.each([
    ["", '"" is not a handle: it has no slash.', "A handle is prefix/suffix, for example 20.500.12345/abc."],
    [
      "20.500.12345",
      '"20.500.12345" is not a handle: it has no slash.',
      "A handle is prefix/suffix, for example 20.500.12345/abc.",
    ],
    ["/abc", '"/abc" is not a handle: the prefix before the slash is empty.', "Write prefix/suffix."],
    ["hdl:/abc", '"hdl:/abc" is not a handle: the prefix before the slash is empty.', "Write prefix/suffix."],
    [
      "300:20.500.12345/USER1",
      '"300:20.500.12345/USER1" is not a handle: it begins with an index.',
      'Users are written index:prefix/suffix; the handle alone is "20.500.12345/USER1".',
    ],
    [
      "hdl:300:20.500.12345/USER1",
      '"hdl:300:20.500.12345/USER1" is not a handle: it begins with an index.',
      'Users are written index:prefix/suffix; the handle alone is "20.500.12345/USER1".',
    ],
    [
      "info:hdl/20.500.12345/abc",
      '"info:hdl/20.500.12345/abc" is not a handle: the prefix "info:hdl" contains a colon.',
      "Give the handle alone, without a scheme.",
    ],
    [
      "https://example.org/10.1000/182",
      '"https://example.org/10.1000/182" is not a handle: the prefix "https:" contains a colon.',
      "Give the handle alone, without a scheme.",
    ],
    [
      "https://hdl.handle.net/10.1000/a%zz",
      '"https://hdl.handle.net/10.1000/a%zz" is not a handle: the prefix "https:" contains a colon.',
      "Give the handle alone, without a scheme.",
    ],
    [
      "https://hdl.handle.net/10.1000/a%ff",
      '"https://hdl.handle.net/10.1000/a%ff" is not a handle: the prefix "https:" contains a colon.',
      "Give the handle alone, without a scheme.",
    ],
    [
      "https://hdl.handle.net.evil.example/10.1000/182",
      '"https://hdl.handle.net.evil.example/10.1000/182" is not a handle: the prefix "https:" contains a colon.',
      "Give the handle alone, without a scheme.",
    ],
    [
      "https://:/10.1000/182",
      '"https://:/10.1000/182" is not a handle: the prefix "https:" contains a colon.',
      "Give the handle alone, without a scheme.",
    ],
    [
      "https://hdl.handle.net/",
      '"https://hdl.handle.net/" is not a handle: it has no slash.',
      "A handle is prefix/suffix, for example 20.500.12345/abc.",
    ],
    [
      "hdl:hdl:10.1000/182",
      '"hdl:hdl:10.1000/182" is not a handle: the prefix "hdl:10.1000" contains a colon.',
      "Give the handle alone, without a scheme.",
    ],
    [
      "20.500.12345/\ud83d",
      '"20.500.12345/\\ud83d" is not a handle: it contains a lone surrogate.',
      "Check where the text was cut.",
    ],
  ])("refuses %j", (text, message, hint) => {
    expect(refusal("invalid_handle", () => parseHandle(text))).toEqual({ message, hint });
  });

  it("prints no control character and no long text in a refusal", () => {
    const { message, hint } = refusal("invalid_handle", () =>
      parseHandle(`1:\u001b[31m\u009b${"x".repeat(500)}/y`),
    );
    expect(`${message}${hint}`).not.toMatch(/\p{Cc}/u);
    expect(message.length + (hint ?? "").length).toBeLessThan(400);
  });
});

it("formats and normalizes", () => {
  expect(formatHandle({ prefix: "20.500.12345", suffix: "a/b" })).toBe("20.500.12345/a/b");
  expect(normalizeHandle("Hdl:20.500.12345/Abc")).toBe("20.500.12345/Abc");
  refusal("invalid_handle", () => normalizeHandle("abc"));
});

it("returns the prefix and the prefix handle", () => {
  expect(prefixOf("20.500.12345/a/b")).toBe("20.500.12345");
  expect(prefixOf("20.500.12345")).toBe("20.500.12345");
  expect(prefixOf("/abc")).toBe("");
  expect(prefixHandle("20.500.12345")).toBe("0.NA/20.500.12345");
});

describe("folding", () => {
  it.each([
    ["20.500.12345/abc-xyz", "20.500.12345/ABC-XYZ"],
    ["test/ABC", "TEST/ABC"],
    ["0.na/test", "0.NA/TEST"],
    ["t/äöü-ß-é-ı-ŉ-ǆ-ﬀ-ſ", "T/äöü-ß-é-ı-ŉ-ǆ-ﬀ-ſ"],
    ["t/σς-я-ա-ﬃ", "T/σς-я-ա-ﬃ"],
    ["t/`{@[ 09", "T/`{@[ 09"],
  ])("folds ASCII letters of %j and nothing else", (handle, key) => {
    expect(handleKey(handle)).toBe(key);
    expect(foldCase(handle)).toBe(key);
    expect(handleKey(handleKey(handle))).toBe(key);
  });

  it("says which handles are the same", () => {
    expect(sameHandle("20.500.12345/abc", "20.500.12345/ABC")).toBe(true);
    expect(sameHandle("test/a", "TEST/A")).toBe(true);
    expect(sameHandle("TEST/ä", "TEST/Ä")).toBe(false);
    expect(sameHandle("TEST/a", "TEST/a/")).toBe(false);
    expect(sameHandle("TEST/a b", "TEST/a+b")).toBe(false);
  });
});

describe("quoteForMessage", () => {
  it.each([
    ["plain", '"plain"'],
    ['a"b\\', '"a\\"b\\\\"'],
    ["a\nb\u001b", '"a\\nb\\u001b"'],
    ["\u007f\u0085\u009b", '"\\u007f\\u0085\\u009b"'],
    ["\u2028\u202e\u2066", '"\\u2028\\u202e\\u2066"'],
    ["ü☃😀", '"ü☃😀"'],
    ["\ud800", '"\\ud800"'],
  ])("quotes %j", (text, quoted) => {
    expect(quoteForMessage(text)).toBe(quoted);
  });

  it("truncates a text of more than 80 characters", () => {
    expect(quoteForMessage("x".repeat(80))).toBe(`"${"x".repeat(80)}"`);
    expect(quoteForMessage("x".repeat(81))).toBe(`"${"x".repeat(80)}…"`);
  });
});
