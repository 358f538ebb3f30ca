import { isIPv4 } from "node:net";
import { encodeUtf8, HandleError, isHandleError } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { callerAddress, isWithin, parseAddress, parseRange } from "../src/ardc/access/addresses.ts";
import { describeBodyFault } from "../src/ardc/access/body-fault.ts";
import { isUrl } from "../src/ardc/records/is-url.ts";
import { padded, unpadded } from "../src/ardc/records/owner-index.ts";

describe("isUrl", () => {
  // What java.net.URL of Java 17 says, tried one by one.
  it.each([
    "http:",
    "http://",
    "https:///x",
    "http://h:99999/",
    "http://h:2147483647/",
    "http://h:/",
    "http://h:+80/",
    "http://h:08/",
    "jar:http://x!/",
    "url:http://x/",
    " http://x/ ",
    "\u0001http://x",
    "HTTP://x",
    "mailto:a@b",
    "ftp:x",
    "file:",
    "file:///x",
    "http://a b/",
    "http:// /",
    "http://user:pa@h/",
    "http://h@i@j/",
    "http:x",
    "http://[::1]:80/",
    "https://h?x:y",
    "https://h#f:1",
    "https://bücher.example/straße",
  ])("accepts %j", (text) => {
    expect(isUrl(text)).toBe(true);
  });

  it.each([
    "",
    "x",
    "/x",
    "//x/",
    "http",
    "http//x:y",
    "1http:x",
    "ht tp://x",
    "http\u0000://x",
    "http://h:abc/",
    "http://h:2147483648/",
    "mailto:#x",
    "http://h:-2/",
    "http://h:80:90/",
    "http://[::1/",
    "http://[zz]/",
    "http://[::1]x/",
    "http://u@[::1]:8a/",
    "jar:http://x",
    "jar:!/",
    "jar:x!/",
    "mailto:",
    "url:url:http://x",
    "gopher://x/",
    "data:x",
    "javascript:1",
    "urn:x",
    "doi:10.1/x",
    "hdl:10.1/x",
  ])("refuses %j", (text) => {
    expect(isUrl(text)).toBe(false);
  });

  it("is fast for any text", () => {
    for (const part of ["jar:", " ", ":", "[", "//", "!/", "@"]) {
      const began = performance.now();
      isUrl(`http://${part.repeat(20_000)}x`);
      isUrl(`x${part.repeat(20_000)}x`);
      isUrl(part.repeat(4000));
      expect(performance.now() - began).toBeLessThan(10_000);
    }
  });
});

describe("addresses", () => {
  it.each<[string, bigint | undefined]>([
    ["0.0.0.1", 0xffff_0000_0001n],
    ["::ffff:0.0.0.1", 0xffff_0000_0001n],
    ["::", 0n],
    ["::1", 1n],
    ["1::", 1n << 112n],
    ["fe80::1%eth0", (0xfe80n << 112n) + 1n],
    ["2001:db8:0:0:0:0:0:1", (0x2001_0db8n << 96n) + 1n],
    ["", undefined],
    ["localhost", undefined],
    ["1.2.3", undefined],
    ["01.2.3.4", undefined],
    ["1::2::3", undefined],
    ["%eth0", undefined],
  ])("reads %j", (text, number) => {
    expect(parseAddress(text)).toBe(number);
  });

  it.each(["1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/", "::/129", "x/8", "1.2.3.4/8/8", ""])(
    "has no range %j",
    (text) => {
      expect(() => parseRange(text)).toThrow(expect.objectContaining({ code: "invalid_options" }));
    },
  );

  it("are within ranges by their first bits", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4(), (base, bits, other) => {
        const number = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
        const block = 2 ** (32 - bits);
        const same = Math.floor(number(base) / block) === Math.floor(number(other) / block);
        const range = [parseRange(`${base}/${bits}`)];
        expect(isIPv4(other) && isWithin(parseAddress(other) ?? 0n, range)).toBe(same);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        expect(isWithin(parseAddress(text) ?? 0n, [parseRange(text)])).toBe(true);
        expect(isWithin(parseAddress(text) ?? 0n, [parseRange(`${text}/0`)])).toBe(true);
      }),
    );
  });

  it("of callers are addresses or undefined, for any header", () => {
    const proxies = [parseRange("0.0.0.0/0")];
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (forwarded) => {
        const address = callerAddress(
          {
            headers: { "x-forwarded-for": forwarded },
            connection: { secure: true, remoteAddress: "192.0.2.1" },
          },
          proxies,
        );
        expect(["bigint", "undefined"]).toContain(typeof address);
      }),
    );
  });
});

describe("suffixes in an index", () => {
  it("can be decoded, and are in numeric order, others last", () => {
    const suffix = fc.oneof(fc.nat().map(String), fc.string(), fc.stringMatching(/^\d{0,20}$/));
    fc.assert(
      fc.property(suffix, (text) => {
        expect(unpadded(padded(text))).toBe(text);
      }),
    );
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        expect(padded(`${a}`) < padded(`${b}`)).toBe(a < b);
      }),
    );
    expect(padded("9007199254740991") < padded("00")).toBe(true);
  });
});

describe("the message for a malformed body", () => {
  const error = new HandleError("invalid_value", { message: "what the reader says" });

  it("exists for any bytes, and is computed quickly", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(typeof describeBodyFault(bytes, error)).toBe("string");
      }),
    );
    for (const part of ["<!--", "<![CDATA[", "&#1", "&amp;", "<!---->", "& ", "&a"]) {
      const began = performance.now();
      describeBodyFault(encodeUtf8(`<${part.repeat(200_000)}`), error);
      expect(performance.now() - began).toBeLessThan(10_000);
    }
    expect(isHandleError(error)).toBe(true);
  });

  it("is that of the reader if the original would accept the body, or would quote the secret", () => {
    for (const body of [
      "<a>",
      "<!DOCTYPE a><a>&b</a>",
      "<!-- &b <a",
      '<p name="sharedSecret" value="&b;"/>',
    ]) {
      expect(describeBodyFault(encodeUtf8(body), error)).toBe("what the reader says");
    }
  });
});
