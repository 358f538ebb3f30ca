import {
  checkHandleSyntax,
  checkHandleSyntaxWithIndex,
  createAuthenticationString,
  EUDATHandleClient,
  HandleSyntaxError,
  removeIndexFromHandle,
} from "@handlekit/client/b2handle";
import { decodeBase64, decodeUtf8, secret } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const NOT_A_TEXT: unknown = null;

describe("checkHandleSyntax", () => {
  it.each(["foo/bar", "foo/bar/baz", "foo/ba r", "21.T1/é", "hdl:foo/bar", "doi:10.1000/182"])(
    "takes %s",
    (handle) => {
      expect(checkHandleSyntax(handle)).toBe(true);
    },
  );

  it("takes a colon in the suffix, as URNs have it (Q5)", () => {
    expect(checkHandleSyntax("foo/ba:r")).toBe(true);
  });

  it.each([
    ["foobar", "no slash"],
    ["/bar", "prefix"],
    ["foo/", "suffix is empty"],
    ["foo//bar", "suffix is empty"],
    ["foo:x/bar", "colon"],
  ])("refuses %s: %s", async (handle, why) => {
    const check = () => checkHandleSyntax(handle);
    expect(check).toThrow(HandleSyntaxError);
    expect(check).toThrow(why);
    expect(check).toThrow(expect.objectContaining({ handle, expectedSyntax: "prefix/suffix" }));
  });

  it("refuses an index before a handle (Q5)", () => {
    expect(() => checkHandleSyntax("300:foo/bar")).toThrow(HandleSyntaxError);
  });

  it("refuses anything but text", () => {
    expect(() => checkHandleSyntax(NOT_A_TEXT as string)).toThrow(HandleSyntaxError);
  });

  it("keeps prefixes that begin with a letter of hdl: (Q24)", () => {
    expect(removeIndexFromHandle("demo/x")).toEqual([null, "demo/x"]);
    expect(checkHandleSyntax("loid/x")).toBe(true);
  });
});

describe("checkHandleSyntaxWithIndex", () => {
  it.each(["300:foo/bar", "0:foo/bar", "300:0.NA/foo", "300:foo/ba:r"])("takes %s", (text) => {
    expect(checkHandleSyntaxWithIndex(text)).toBe(true);
  });

  it.each([
    "foo/bar",
    "nan:foo/bar",
    "300",
    "300:",
    "300:foo",
    "1:2:foo/bar",
    "-3:a/b",
    " 5 :a/b",
    "1_0:a/b",
  ])("refuses %s", (text) => {
    expect(() => checkHandleSyntaxWithIndex(text)).toThrow(HandleSyntaxError);
  });
});

describe("removeIndexFromHandle", () => {
  it("removes the index, if there is one", () => {
    expect(removeIndexFromHandle("300:foo/bar")).toEqual([300, "foo/bar"]);
    expect(removeIndexFromHandle("foo/bar")).toEqual([null, "foo/bar"]);
    expect(removeIndexFromHandle("foo/ba:r")).toEqual([null, "foo/ba:r"]);
    expect(removeIndexFromHandle("hdl:foo/bar")).toEqual([null, "hdl:foo/bar"]);
  });

  it("refuses two indexes, and what is no number, with one kind of error", () => {
    expect(() => removeIndexFromHandle("1:2:foo/bar")).toThrow(HandleSyntaxError);
    expect(() => removeIndexFromHandle("nan:foo/bar")).toThrow(HandleSyntaxError);
  });
});

describe("createAuthenticationString", () => {
  it("returns the text that both Python projects test for", () => {
    const expected = "MTAwJTNBdXNlci9uYW1lOnBhc3N3b3JkMTIz";
    expect(createAuthenticationString("100:user/name", "password123")).toBe(expected);
    expect(createAuthenticationString("100:user/name", secret("password123"))).toBe(expected);
  });

  it("leaves the password as it is (Q4)", () => {
    const text = createAuthenticationString("300:21.T1/us er", "S3CR3T p@ss:w/rd%20é~+");
    expect(decodeUtf8(decodeBase64(text) ?? new Uint8Array())).toBe(
      "300%3A21.T1/us%20er:S3CR3T p@ss:w/rd%20é~+",
    );
  });
});

describe("any text", () => {
  it("is a handle or a HandleSyntaxError, with or without an index", () => {
    const handles = fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[0-9:]{0,4}[a-c:/.]{0,6}$/));
    fc.assert(
      fc.property(handles, (text) => {
        for (const check of [checkHandleSyntax, checkHandleSyntaxWithIndex, removeIndexFromHandle]) {
          try {
            check(text);
          } catch (error) {
            if (!(error instanceof HandleSyntaxError)) throw error;
          }
        }
      }),
    );
  });

  it("keeps its index and its handle", () => {
    const handle = fc.tuple(fc.stringMatching(/^[a-z0-9.]{1,8}$/), fc.string({ minLength: 1 }));
    fc.assert(
      fc.property(fc.nat(), handle, (index, [prefix, suffix]) => {
        const text = `${prefix}/${suffix}`;
        expect(removeIndexFromHandle(`${index}:${text}`)).toEqual([index, text]);
        expect(removeIndexFromHandle(text)).toEqual([null, text]);
      }),
    );
  });
});

describe("methods without a request", () => {
  const client = EUDATHandleClient.instantiateForReadAccess();

  it("generatePIDName gives another name each time", () => {
    expect(client.generatePIDName("foo")).toMatch(/^foo\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(client.generatePIDName()).toMatch(/^[0-9a-f-]{36}$/);
    expect(client.generatePIDName()).not.toBe(client.generatePIDName());
  });

  it("getHandlerecordIndicesForKey gives all indexes of a type", () => {
    const list = [
      { index: 4, type: "URL" },
      { index: 7, type: "x" },
      { index: 9, type: "URL" },
    ];
    expect(client.getHandlerecordIndicesForKey("URL", list)).toEqual([4, 9]);
    expect(client.getHandlerecordIndicesForKey("url", list)).toEqual([]);
    expect(client.getHandlerecordIndicesForKey("URL", [])).toEqual([]);
  });
});
