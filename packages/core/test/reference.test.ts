import { formatReference, matchesReference, parseReference, subjectIdentity } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { reference, refusal } from "./support.ts";

describe("parseReference", () => {
  it.each([
    ["300:20.500.12345/USER1", 300, "20.500.12345/USER1"],
    ["300:0.NA/20.500.12345", 300, "0.NA/20.500.12345"],
    ["0:TEST/X", 0, "TEST/X"],
    ["007:TEST/X", 7, "TEST/X"],
    ["2147483647:TEST/X", 2147483647, "TEST/X"],
    ["TEST/X", 0, "TEST/X"],
    ["TEST/300:X", 0, "TEST/300:X"],
    ["1:2:TEST/X", 1, "2:TEST/X"],
    ["x1:TEST/X", 0, "x1:TEST/X"],
    ["-1:TEST/X", 0, "-1:TEST/X"],
    ["300:TEST/", 300, "TEST/"],
  ])("reads %j", (text, index, handle) => {
    expect(parseReference(text)).toEqual({ index, handle });
  });

  it.each([
    ["", '"" is not of the form index:prefix/suffix.'],
    ["300", '"300" is not of the form index:prefix/suffix.'],
    ["300:", '"300:" is not of the form index:prefix/suffix.'],
    ["300:USER1", '"300:USER1" is not of the form index:prefix/suffix.'],
    ["300:/USER1", '"300:/USER1" is not of the form index:prefix/suffix.'],
    ["300:TEST/\udc00", '"300:TEST/\\udc00" is not of the form index:prefix/suffix.'],
  ])("refuses %j", (text, message) => {
    expect(refusal("invalid_reference", () => parseReference(text))).toEqual({
      message,
      hint: "For example 300:20.500.12345/USER1, or 300:0.NA/20.500.12345.",
    });
  });

  it("refuses an index over 2147483647", () => {
    for (const index of ["2147483648", "99999999999999999999999999"]) {
      expect(refusal("invalid_reference", () => parseReference(`${index}:TEST/X`)).message).toBe(
        `The index in "${index}:TEST/X" is greater than 2147483647.`,
      );
    }
  });
});

it("formats", () => {
  expect(formatReference({ index: 300, handle: "20.500.12345/USER1" })).toBe("300:20.500.12345/USER1");
  expect(formatReference({ index: 0, handle: "TEST/X" })).toBe("0:TEST/X");
});

// handle-authentication.md, section 1: the prefix in any ASCII case, the suffix exactly, index 0 in the reference is any.
describe("matchesReference", () => {
  it.each([
    ["300:TEST/HASHED", "300:TEST/HASHED", true],
    ["300:TEST/HASHED", "300:test/HASHED", true],
    ["300:test/HASHED", "300:TEST/HASHED", true],
    ["300:TEST/HASHED", "300:TEST/hashed", false],
    ["300:TEST/HASHED", "301:TEST/HASHED", false],
    ["0:TEST/HASHED", "300:TEST/HASHED", true],
    ["0:TEST/HASHED", "0:TEST/HASHED", true],
    ["0:TEST/HASHED", "300:test/HASHED", true],
    ["0:TEST/HASHED", "300:TEST/hashed", false],
    ["300:TEST/HASHED", "0:TEST/HASHED", false],
    ["301:0.NA/20.500.99999", "301:0.na/20.500.99999", true],
    ["300:TEST/A/B", "300:test/A/B", true],
    ["300:TEST/A/B", "300:TEST/A/b", false],
    ["300:TEST/A", "300:TEST/A/", false],
    ["300:É/A", "300:é/A", false],
    ["300:TEST/", "300:test/", true],
    ["300:TEST/", "300:TEST", false],
    ["300:TEST", "300:test", true],
    ["300:TESTA/B", "300:TEST/AB", false],
  ])("a reference to %s, an identity %s: %s", (owner, identity, matched) => {
    expect(matchesReference(reference(owner), reference(identity))).toBe(matched);
  });
});

describe("subjectIdentity", () => {
  it.each([
    ["UID", { UID: "300:TEST/MEMBER", CN: "somebody" }, "300:TEST/MEMBER"],
    ["CN", { CN: "300:TEST/MEMBER" }, "300:TEST/MEMBER"],
    ["a handle alone", { CN: "TEST/MEMBER" }, "0:TEST/MEMBER"],
    ["the first of several", { UID: ["301:0.NA/TEST", "300:TEST/MEMBER"] }, "301:0.NA/TEST"],
    ["an escaped colon in the suffix", { CN: "300:TEST/a:b" }, "300:TEST/a:b"],
  ])("accepts %s", (_, subject, identity) => {
    expect(subjectIdentity(subject)).toEqual(reference(identity));
  });

  it.each([
    ["neither", {}],
    ["a name that is no handle", { CN: "anonymous" }],
    ["no attribute of a list", { UID: [] }],
    ["a UID that is none, whatever the CN says", { UID: "anonymous", CN: "300:TEST/MEMBER" }],
    ["an index that is too large", { UID: "4294967296:TEST/MEMBER" }],
  ])("returns undefined for %s", (_, subject) => {
    expect(subjectIdentity(subject)).toBeUndefined();
  });
});
