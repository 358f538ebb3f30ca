import { isHandleError } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noidCheckCharacter, suffixPattern } from "../src/mod.ts";

const DIGITS = "0123456789bcdfghjkmnpqrstvwxz";
const identifier = fc
  .array(fc.constantFrom(...DIGITS), { minLength: 2, maxLength: 22 })
  .map((characters) => `13030/${characters.join("")}`);

describe("noidCheckCharacter", () => {
  it("is that of the published example", () => {
    expect(noidCheckCharacter("13030/xf93gt2")).toBe("q");
  });

  it("detects every wrong character, and every two that changed places", () => {
    fc.assert(
      fc.property(identifier, fc.nat(21), fc.constantFrom(...DIGITS), (text, at, other) => {
        const place = 6 + (at % (text.length - 6));
        const wrong = `${text.slice(0, place)}${other}${text.slice(place + 1)}`;
        expect(noidCheckCharacter(wrong) === noidCheckCharacter(text)).toBe(wrong === text);
        if (place === text.length - 1) return;
        const [one = "", two = ""] = [text[place], text[place + 1]];
        const swapped = `${text.slice(0, place)}${two}${one}${text.slice(place + 2)}`;
        expect(noidCheckCharacter(swapped) === noidCheckCharacter(text)).toBe(swapped === text);
      }),
    );
  });
});

describe("suffixPattern", () => {
  it.each([
    ["scan-{dddd}", /^scan-\d{4}$/],
    ["{eee}.{dd}", /^[0-9bcdfghjkmnpqrstvwxz]{3}\.\d\d$/],
    ["{uuid4}", /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/],
    ["x/{uuid7}", /^x\/[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/],
  ])("%s", (pattern, shape) => {
    const generate = suffixPattern(pattern, "20.500.12345");
    expect(generate()).toMatch(shape);
    expect(new Set(Array.from({ length: 8 }, generate)).size).toBeGreaterThan(1);
  });

  it("adds the check character of the whole handle", () => {
    for (const prefix of ["20.500.12345", "20.500.12345/a-"]) {
      const suffix = suffixPattern("b{eedeedk}", prefix)();
      expect(suffix).toMatch(/^b[^-]{7}$/);
      const handle = `${prefix}${prefix.includes("/") ? "" : "/"}${suffix}`;
      expect(noidCheckCharacter(handle.slice(0, -1))).toBe(handle.at(-1));
    }
  });

  it("generates every digit", () => {
    const text = Array.from({ length: 40 }, suffixPattern("{eeeeeeeeeeeeeeeeeeeeeeeeeeeeee}", "1")).join("");
    expect(new Set(text).size).toBe(DIGITS.length);
  });

  it.each(["", "abc", "{", "a}", "{eek}{ee}", "{}", "{k}", "{x}", "{uuid5}", "{ee{d}"])(
    "rejects %j",
    (pattern) => {
      let error: unknown;
      try {
        suffixPattern(pattern, "1");
      } catch (thrown) {
        error = thrown;
      }
      expect(isHandleError(error, "invalid_options")).toBe(true);
    },
  );
});
