import {
  decodeBasic,
  encodeBasic,
  formatHandleAuthorization,
  parseHandleAuthorization,
} from "@handlekit/auth/wire";
import { encodeUtf8, parseReference } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("Basic", () => {
  it("is written as B2HANDLE and the server write it", () => {
    expect(encodeBasic(parseReference("100:user/name"), encodeUtf8("password123"))).toBe(
      "Basic MTAwJTNBdXNlci9uYW1lOnBhc3N3b3JkMTIz",
    );
  });

  it("round-trips every identity and password", () => {
    const handle = fc.string({ unit: "grapheme", minLength: 1 }).map((text) => `p/${text}`);
    fc.assert(
      fc.property(handle, fc.uint8Array({ minLength: 1 }), (name, password) => {
        const read = decodeBasic(encodeBasic({ index: 300, handle: name }, password));
        expect(read?.user).toBe(`300:${name}`);
        expect(read?.password).toEqual(password);
      }),
    );
  });

  it("refuses a user that cannot be encoded, as the Handle header does", () => {
    const [user, password] = ["300:a/\ud800", encodeUtf8("S3CR3T")];
    const refused = expect.objectContaining({ code: "invalid_value" });
    expect(() => encodeBasic(user, password)).toThrow(refused);
    expect(() => formatHandleAuthorization({ id: user })).toThrow(refused);
  });

  it.each([
    ["a raw colon ends the user", "300:a/b:x", { user: "300", password: "a/b:x" }],
    ["plus signs stay", "300%3Aa+b/c:p+w", { user: "300:a+b/c", password: "p+w" }],
    ["an empty password", "300%3Aa/b:", { user: "300:a/b", password: "" }],
  ])("%s", (_what, text, expected) => {
    const read = decodeBasic(`bAsIc ${Buffer.from(text).toString("base64")}`);
    expect(read?.user).toBe(expected.user);
    expect(Buffer.from(read?.password ?? []).toString()).toBe(expected.password);
  });

  it.each(["Basic !!!", "Basic ", "Basic YWI=", "Bearer abc", "Basic JXp6Og==", ""])(
    "%j is none",
    (header) => {
      expect(decodeBasic(header)).toBe(undefined);
    },
  );

  it("never throws", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String().map((t) => `Basic ${t}`),
        ),
        (t) => void decodeBasic(t),
      ),
    );
  });
});

describe("Authorization: Handle", () => {
  it.each<[string, Record<string, string> | undefined]>([
    ['Handle clientCert="true"', { clientcert: "true" }],
    ["handle clientCert=true", { clientcert: "true" }],
    ['Handle version="0", sessionId=node0xu4', { version: "0", sessionid: "node0xu4" }],
    ['Handle a="x\\"y\\\\z" ,, b = c', { a: 'x"y\\z', b: "c" }],
    ['Handle id="300%3Aa/b+c", cnonce="a%3Ab"', { id: "300:a/b+c", cnonce: "a%3Ab" }],
    ["Handle a=1, A=2", { a: "1" }],
    ["Handle", {}],
    ['Handle a="x', undefined],
    ["Handle a", undefined],
    ["Handle a=b c=d", undefined],
    ["Handle a=b=", undefined],
    ['Handle id="%zz"', undefined],
    ["Handle signature=ab/c==", undefined],
    ["Handles a=b", undefined],
    ["Basic a=b", undefined],
  ])("reads %j", (header, expected) => {
    const read = parseHandleAuthorization(header);
    expect(read && Object.fromEntries(read)).toEqual(expected);
  });

  it("round-trips every value", () => {
    const key = fc.constantFrom("id", "sessionId", "signature", "cnonce", "own");
    fc.assert(
      fc.property(fc.dictionary(key, fc.string({ unit: "grapheme" })), (fields) => {
        const read = parseHandleAuthorization(formatHandleAuthorization(fields));
        const lower = Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]);
        expect(read && Object.fromEntries(read)).toEqual(Object.fromEntries(lower));
      }),
    );
  });

  it("neither throws nor hangs for any input", () => {
    const nasty = fc.string({ unit: fc.constantFrom('"', "\\", ",", "=", " ", "a", "%"), maxLength: 2000 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), nasty), (text) => void parseHandleAuthorization(`Handle ${text}`)),
    );
  });
});
