import {
  createByteReader,
  createByteWriter,
  decodeBase64,
  decodeHex,
  decodeUtf8,
  encodeBase64,
  encodeBase64Url,
  encodeHex,
  encodeUtf8,
  sameBytes,
} from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { hex, refusal } from "./support.ts";

describe("UTF-8", () => {
  it("is written and read", () => {
    expect(encodeUtf8("ü☃😀")).toEqual(hex("c3bc e29883 f09f9880"));
    expect(decodeUtf8(hex("c3bc e29883 f09f9880"))).toBe("ü☃😀");
  });

  it("keeps a byte order mark", () => {
    expect(decodeUtf8(hex("efbbbf 61"))).toBe("\ufeffa");
  });

  it("may contain U+FFFD, which also stands for bytes that are not UTF-8", () => {
    expect(decodeUtf8(hex("61 efbfbd"))).toBe("a\uFFFD");
    expect(decodeUtf8(hex("efbfbd ff"))).toBe(undefined);
  });

  it.each(["ff", "c3", "c0af", "eda080", "f8888080", "61ff"])(
    "is not %s, alone or after a long text",
    (bytes) => {
      expect(decodeUtf8(hex(bytes))).toBeUndefined();
      expect(decodeUtf8(new Uint8Array([...encodeUtf8("a".repeat(2000)), ...hex(bytes)]))).toBeUndefined();
    },
  );
});

// RFC 4648, section 10.
describe("base64", () => {
  it.each([
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg=="],
    ["fooba", "Zm9vYmE="],
    ["foobar", "Zm9vYmFy"],
  ])("of %j", (text, encoded) => {
    expect(encodeBase64(encodeUtf8(text))).toBe(encoded);
    expect(encodeBase64Url(encodeUtf8(text))).toBe(encoded.replace(/=/g, ""));
    expect(decodeBase64(encoded)).toEqual(encodeUtf8(text));
    expect(decodeBase64(encoded.replace(/=/g, ""))).toEqual(encodeUtf8(text));
  });

  it("has two alphabets, both read", () => {
    expect(encodeBase64(hex("fbff"))).toBe("+/8=");
    const long = Uint8Array.from({ length: 20_000 }, (_, i) => i % 251);
    expect(encodeBase64(long)).toBe(Buffer.from(long).toString("base64"));
    expect(encodeBase64Url(hex("fbff"))).toBe("-_8");
    expect(decodeBase64("+/8=")).toEqual(hex("fbff"));
    expect(decodeBase64("-_8")).toEqual(hex("fbff"));
  });

  it("may be broken into lines", () => {
    expect(decodeBase64("Zm9v\r\n YmFy\n")).toEqual(encodeUtf8("foobar"));
  });

  it.each(["Z", "Zm9vY", "!!a?", "Zm=9", "=Zg", "Zgé=", "constructor.", "😀😀"])("is not %j", (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });

  it("is refused in linear time", () => {
    expect(decodeBase64(`${"=".repeat(300_000)}x`)).toBeUndefined();
    expect(decodeBase64(`${" ".repeat(300_000)}!`)).toBeUndefined();
  });
});

describe("hex", () => {
  it("is written in lower case and read in both", () => {
    expect(encodeHex(hex("00ff10ab"))).toBe("00ff10ab");
    expect(decodeHex("00FF10Ab")).toEqual(hex("00ff10ab"));
    expect(decodeHex("")).toEqual(hex(""));
  });

  it.each(["0", "0g", "zz", " 00", "00\n", "0x00", "００"])("is not %j", (text) => {
    expect(decodeHex(text)).toBeUndefined();
  });
});

it("compares bytes", () => {
  expect(sameBytes(hex("0102"), hex("0102"))).toBe(true);
  expect(sameBytes(hex(""), hex(""))).toBe(true);
  expect(sameBytes(hex("0102"), hex("0103"))).toBe(false);
  expect(sameBytes(hex("0102"), hex("010203"))).toBe(false);
});

describe("the writer and the reader", () => {
  it("agree on every field, at any length", () => {
    const long = "x".repeat(1000);
    const bytes = createByteWriter()
      .uint8(255)
      .uint16(0xfedc)
      .int32(-2)
      .bytes(hex("0102"))
      .bytes(long)
      .raw(hex("ff"))
      .finish();
    const input = createByteReader(bytes, "thing");
    expect([input.uint8(), input.uint16(), input.int32()]).toEqual([255, 0xfedc, -2]);
    expect(input.bytes()).toEqual(hex("0102"));
    expect(input.text()).toBe(long);
    expect(input.remaining).toBe(1);
    expect(input.take(1)).toEqual(hex("ff"));
    expect(input.remaining).toBe(0);
  });

  it("write big-endian", () => {
    expect(createByteWriter().uint16(1).int32(258).bytes("a").finish()).toEqual(
      hex("0001 00000102 0000000161"),
    );
  });

  it("read a part of a larger buffer", () => {
    const part = hex("ff 00000005 ff").subarray(1, 5);
    const input = createByteReader(part, "thing");
    expect(input.int32()).toBe(5);
    expect(input.remaining).toBe(0);
  });

  it.each([
    ["int32", "000000", "The thing is truncated: 4 bytes were expected at byte 0 of 3."],
    ["bytes", "00000002 ff", "The thing is truncated: 2 bytes were expected at byte 4 of 5."],
    ["text", "7fffffff ff", "The thing is truncated: 2147483647 bytes were expected at byte 4 of 5."],
    ["bytes", "ffffffff ff", "The thing is truncated: -1 bytes were expected at byte 4 of 5."],
    ["uint8", "", "The thing is truncated: 1 bytes were expected at byte 0 of 0."],
    ["text", "00000001 ff", "The thing contains text that is not UTF-8."],
  ] as const)("%s of %s is refused", (field, bytes, message) => {
    const input = createByteReader(hex(bytes), "thing");
    expect(refusal("invalid_value", () => input[field]()).message).toBe(message);
  });
});
