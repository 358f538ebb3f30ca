import { decodeData, encodeData } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { hex, refusal } from "./support.ts";

const text = (value: string) => new Uint8Array(Buffer.from(value));
const ADMIN = hex("0fff 00000009 302e4e412f54455354 000000c8");

// handle-rest-api.md, section 10; [n] is the index of the value in the recording 03-value-formats, exchanges 1 and 2.
describe("encodeData", () => {
  it.each([
    ["[1] a plain text", "plain primitive string", text("plain primitive string")],
    ["[2] a string", { format: "string", value: "ünï\n\tcode ☃" }, text("ünï\n\tcode ☃")],
    ["[3] base64", { format: "base64", value: "AAECAwT/" }, hex("0001020304ff")],
    ["base64 with broken lines and no padding", { format: "base64", value: "AP8Q\nqw" }, hex("00ff10ab")],
    ["base64url", { format: "base64", value: "-_8" }, hex("fbff")],
    ["[4] hex in both cases", { format: "hex", value: "00ff10AB" }, hex("00ff10ab")],
    ["[5] hex of a text", { format: "hex", value: "68656c6c6f" }, text("hello")],
    [
      "[6] vlist",
      {
        format: "vlist",
        value: [
          { handle: "TEST/MEMBER", index: 300 },
          { handle: "0.NA/TEST", index: 0 },
        ],
      },
      hex("00000002 0000000b 544553542f4d454d424552 0000012c 00000009 302e4e412f54455354 00000000"),
    ],
    ["vlist without entries", { format: "vlist", value: [] }, hex("00000000")],
    ["[22] an empty text", "", text("")],
    [
      "[31] a format in upper case",
      { format: "STRING", value: "upper format name" },
      text("upper format name"),
    ],
    ["[32] a number", 5, text("5")],
    ["[33] a boolean", true, text("true")],
    ["a number as a string", { format: "string", value: 5 }, text("5")],
    [
      "key",
      { format: "key", value: { kty: "RSA", n: "gQ", e: "Aw" } },
      hex("0000000b 5253415f5055425f4b4559 0000 00000001 03 00000002 0081 00000000"),
    ],
    [
      "an admin value of an old server",
      {
        format: "admin",
        value: { handle: "0.NA/TEST", index: 200, permissions: "111111111111", legacyByteLength: true },
      },
      hex("0fff 00000009 302e4e412f54455354 000000c8 0000"),
    ],
  ])("%s", (_, data, bytes) => {
    expect(encodeData(data)).toEqual(bytes);
  });

  it.each([
    ["[100] twelve digits", "011111110011", 0x7f3],
    ["fewer digits, the last for add handle", "11", 0x003],
    ['[28] "*"', "*", 0xfff],
    ["true", true, 0xfff],
    ["false", false, 0],
    ["[29] a list, add handle first", [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0x003],
    ["a short list", [false, true], 0x002],
    ["a list with more than twelve", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1], 0x800],
    ["a number, the bits", 0x7f3, 0x7f3],
    ["a number of zeros and ones, still the bits", 11, 0x00b],
    ["more than twelve digits, the last twelve", "1011111110011", 0x7f3],
    ["an empty text", "", 0],
    ["other characters, as zeros", "1*x2 1", 0x021],
    ["a character of two units, as two zeros", "1\u{1d7cf}1", 0x009],
    ["a greater number, its last twelve bits", 4097, 0x001],
    ["a negative number, its last twelve bits", -1, 0xfff],
    ["a fraction, cut", 3.9, 0x003],
    ["null", null, 0],
    ["[30] nothing", undefined, 0],
  ])("admin permissions as %s", (_, permissions, bits) => {
    const data = encodeData({ format: "admin", value: { handle: "0.NA/TEST", index: "300", permissions } });
    expect(Buffer.from(data).readUInt16BE()).toBe(bits);
    expect(data.subarray(2)).toEqual(hex("00000009 302e4e412f54455354 0000012c"));
  });

  it.each([
    ["nothing", undefined, "Data of format string have no text as their value."],
    ["null", null, "Data of format string have no text as their value."],
    ["a list", ["a"], "Data of format string have no text as their value."],
    ["a string without value", { format: "string" }, "Data of format string have no text as their value."],
    [
      "base64 of an object",
      { format: "base64", value: {} },
      "Data of format base64 have no text as their value.",
    ],
    ["bad base64", { format: "base64", value: "!!a?" }, "The data of format base64 are not base64."],
    [
      "odd hex",
      { format: "hex", value: "abc" },
      "The data of format hex are not pairs of hexadecimal digits.",
    ],
    [
      "bad hex",
      { format: "hex", value: "zz" },
      "The data of format hex are not pairs of hexadecimal digits.",
    ],
    ["an unknown format", { format: "foo", value: "x" }, 'The data format "foo" is unknown.'],
    ["no format", { value: "x" }, "The data have no format."],
    ["a format that is no text", { format: { toString: null }, value: "x" }, "The data have no format."],
    ["site without value", { format: "site" }, "The content of the site is not an object."],
    ["admin without value", { format: "admin" }, "A handle and an index are missing in an HS_ADMIN value."],
    [
      "admin without handle",
      { format: "admin", value: { index: 1 } },
      "A handle and an index are missing in an HS_ADMIN value.",
    ],
    [
      "admin without index",
      { format: "admin", value: { handle: "a/b" } },
      "The index of an HS_ADMIN value is not an integer up to 2147483647.",
    ],
    [
      "vlist of one object",
      { format: "vlist", value: {} },
      "The data of an HS_VLIST value are not a list of references.",
    ],
    [
      "vlist with a text in it",
      { format: "vlist", value: ["300:a/b"] },
      "A handle and an index are missing in an entry of an HS_VLIST value.",
    ],
    [
      "key of another type",
      { format: "key", value: { kty: "EC" } },
      "The data of format key are not a JSON Web Key of type RSA or DSA.",
    ],
    [
      "key without numbers",
      { format: "key", value: { kty: "RSA" } },
      'The member "e" of the RSA public key is missing or not base64url.',
    ],
  ])("refuses %s", (_, data, message) => {
    expect(refusal("invalid_value", () => encodeData(data)).message).toBe(message);
  });

  it.each([
    1.5,
    2 ** 31,
    -(2 ** 31) - 1,
    Number.NaN,
    "1.5",
    "0x1",
    "",
    " 1",
    "12345678901",
    null,
    true,
    [1],
    {},
  ])("refuses %j as an index", (index) => {
    refusal("invalid_value", () => encodeData({ format: "vlist", value: [{ handle: "a/b", index }] }));
  });

  it.each([{}, { 0: 1 }, 2 ** 31, Number.NaN])("refuses %j as admin permissions", (permissions) => {
    expect(
      refusal("invalid_value", () =>
        encodeData({ format: "admin", value: { handle: "a/b", index: 1, permissions } }),
      ),
    ).toEqual({
      message: "The permissions of an HS_ADMIN value are neither binary digits nor a list.",
      hint: "Write twelve digits, list handles first, add handle last, for example 011111110011.",
    });
  });
});

describe("decodeData", () => {
  it.each([
    ["[1] text", "URL", text("https://example.org/"), { format: "string", value: "https://example.org/" }],
    [
      "[2] text with white space and accents",
      "TXT",
      text("ünï\n\tcode ☃"),
      { format: "string", value: "ünï\n\tcode ☃" },
    ],
    ["[3] binary data", "BIN", hex("0001020304ff"), { format: "base64", value: "AAECAwT/" }],
    ["[4] data that are no UTF-8", "BIN", hex("00ff10ab"), { format: "base64", value: "AP8Qqw==" }],
    ["[22] nothing", "TXT", hex(""), { format: "string", value: "" }],
    ["a byte order mark", "TXT", hex("efbbbf61"), { format: "string", value: "\ufeffa" }],
    [
      "[100] HS_ADMIN",
      "HS_ADMIN",
      ADMIN,
      { format: "admin", value: { handle: "0.NA/TEST", index: 200, permissions: "111111111111" } },
    ],
    [
      "[24] HS_ADMIN that is text",
      "HS_ADMIN",
      text("not an admin record"),
      { format: "string", value: "not an admin record" },
    ],
    ["HS_ADMIN that is neither", "HS_ADMIN", hex("0fff00"), { format: "base64", value: "D/8A" }],
    [
      "[6] HS_VLIST",
      "HS_VLIST",
      hex("00000001 0000000b 544553542f4d454d424552 0000012c"),
      { format: "vlist", value: [{ handle: "TEST/MEMBER", index: 300 }] },
    ],
    ["HS_VLIST that is none", "HS_VLIST", text("TEST/MEMBER"), { format: "string", value: "TEST/MEMBER" }],
    [
      "[7] HS_PUBKEY",
      "HS_PUBKEY",
      hex("0000000b 5253415f5055425f4b4559 0000 00000001 03 00000002 0081 00000000"),
      { format: "key", value: { kty: "RSA", n: "gQ", e: "Aw" } },
    ],
    ["HS_SITE that is none", "HS_SITE", text("10.0.0.1"), { format: "string", value: "10.0.0.1" }],
    ["HS_PUBKEY that is none", "HS_PUBKEY", hex("00000000"), { format: "base64", value: "AAAAAA==" }],
    [
      "[9] HS_ALIAS",
      "HS_ALIAS",
      text("20.500.99999/target"),
      { format: "string", value: "20.500.99999/target" },
    ],
    [
      "a type in other letter case",
      "hs_admin",
      ADMIN,
      { format: "base64", value: "D/8AAAAJMC5OQS9URVNUAAAAyA==" },
    ],
    ["a type with a name of Object's", "constructor", text("x"), { format: "string", value: "x" }],
    ["a type __proto__", "__proto__", text("x"), { format: "string", value: "x" }],
    ["no type", "", text("x"), { format: "string", value: "x" }],
  ])("%s", (_, type, bytes, data) => {
    expect(decodeData(type, bytes)).toEqual(data);
  });

  it("shows control bytes as text only from 0x09 to 0x13", () => {
    const textual = Array.from({ length: 128 }, (_, byte) => byte).filter(
      (byte) => decodeData("TXT", new Uint8Array([0x61, byte])).format === "string",
    );
    const printable = Array.from({ length: 0x7f - 0x20 }, (_, i) => 0x20 + i);
    expect(textual).toEqual([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, ...printable]);
  });
});
