import { formatFingerprint, isHandleError, parseFingerprint } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
const HEX = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

describe("parseFingerprint", () => {
  it("reads what formatFingerprint writes, in any letter case, with or without colons and prefix", () => {
    fc.assert(
      fc.property(
        digest,
        fc.boolean(),
        fc.boolean(),
        fc.infiniteStream(fc.boolean()),
        (bytes, colons, prefix, upper) => {
          const text = formatFingerprint(bytes)
            .slice(prefix ? 0 : "sha256:".length)
            .replaceAll(colons ? "" : /(?<!sha256):/g, "");
          const mixed = [...text]
            .map((c) => (upper.next().value ? c.toUpperCase() : c.toLowerCase()))
            .join("");
          expect(parseFingerprint(mixed)).toEqual(Uint8Array.from(bytes));
        },
      ),
    );
  });

  it("returns undefined for every other text", () => {
    const hexadecimal = fc.string({ unit: fc.constantFrom(..."0123456789abcdefABCDEF:"), maxLength: 120 });
    fc.assert(
      fc.property(fc.oneof(hexadecimal, fc.string({ unit: "binary" })), (text) => {
        const digits = text.replaceAll(":", "");
        fc.pre(digits.length !== 64);
        expect(parseFingerprint(text)).toBe(undefined);
      }),
    );
  });

  it.each([
    "",
    "sha256:",
    HEX.slice(2),
    `${HEX}00`,
    ` ${HEX}`,
    `${HEX}\n`,
    `sha1:${HEX}`,
    `sha256:sha256:${HEX}`,
    `sha256 ${HEX}`,
    HEX.replace("00", "0g"),
    HEX.replace("0011", "00:11"),
    `${HEX.match(/../g)?.join(":")}:`,
    HEX.match(/../g)?.join("::") ?? "",
  ])("refuses %j", (text) => {
    expect(parseFingerprint(text)).toBe(undefined);
  });

  it("refuses what is not text", () => {
    const refused = (value: unknown) => {
      try {
        parseFingerprint(value as string);
      } catch (error) {
        return isHandleError(error, "invalid_options");
      }
      return false;
    };
    expect([undefined, null, 5, new Uint8Array(32)].every(refused)).toBe(true);
  });
});
