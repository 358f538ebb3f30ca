import { hasType } from "@handlekit/core";
import fc from "fast-check";
import { expect, it } from "vitest";

const NAMES = ["HS_ADMIN", "HS_SECKEY", "HS_PUBKEY", "HS_VLIST", "HS_SITE", "HS_ALIAS", "URL", "10320/loc"];

it.each([
  ["HS_ADMIN", "HS_ADMIN", true],
  ["hs_admin", "HS_ADMIN", true],
  ["Hs_Admin.X", "HS_ADMIN", true],
  ["HS_SITE.6", "HS_SITE", true],
  ["HS_ADMIN.", "HS_ADMIN", true],
  ["HS_ADMINX", "HS_ADMIN", false],
  ["XHS_ADMIN", "HS_ADMIN", false],
  ["HS_ADMI", "HS_ADMIN", false],
  ["", "HS_ADMIN", false],
  ["HS.ADMIN", "HS", true],
  // Only ASCII letters fold: U+017F and U+212A fold to s and k elsewhere.
  ["H\u017f_ADMIN", "HS_ADMIN", false],
  ["HS_SEC\u212aEY", "HS_SECKEY", false],
])("%j is %j: %s", (type, name, expected) => {
  expect(hasType(type, name)).toBe(expected);
});

it("holds for any mix of case and any subtype, and for nothing that is longer without a dot", () => {
  const mixed = fc
    .tuple(fc.constantFrom(...NAMES), fc.infiniteStream(fc.boolean()), fc.string())
    .map(([name, flips, rest]) => {
      const type = Array.from(name, (one) =>
        flips.next().value ? one.toLowerCase() : one.toUpperCase(),
      ).join("");
      return { name, type, rest };
    });
  fc.assert(
    fc.property(mixed, ({ name, type, rest }) => {
      expect(hasType(type, name)).toBe(true);
      expect(hasType(`${type}.${rest}`, name)).toBe(true);
      if (rest !== "" && !rest.startsWith(".")) expect(hasType(type + rest, name)).toBe(false);
    }),
  );
});
