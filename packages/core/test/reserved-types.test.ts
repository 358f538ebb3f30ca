import { authorise, changePermissions, type StoredValue } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reader } from "./records.ts";
import { adminValue, listValue, reference, storedValue } from "./support.ts";

/** A reserved type in any mix of case, perhaps with a subtype. */
export const anySpelling = (name: string) =>
  fc
    .tuple(
      fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }),
      fc.constantFrom("", ".", ".X", ".6.y"),
    )
    .map(
      ([lower, subtype]) =>
        Array.from(name, (one, i) => (lower[i] ? one.toLowerCase() : one)).join("") + subtype,
    );

const MEMBER = reference("300:TEST/MEMBER");

describe("a reserved type in any case and with any subtype", () => {
  it("authorises as the plain one", async () => {
    await fc.assert(
      fc.asyncProperty(anySpelling("HS_ADMIN"), anySpelling("HS_VLIST"), async (admin, list) => {
        const read = reader({
          "TEST/a": [{ ...adminValue(100, "200:TEST/GROUP"), type: admin }],
          "TEST/GROUP": [{ ...listValue(200, ["300:TEST/MEMBER"]), type: list }],
        });
        expect((await authorise(MEMBER, { name: "delete" }, "TEST/a", read)).reason).toBe("granted");
      }),
    );
  });

  it("needs the permissions of administrators to be added, changed and removed", () => {
    const plain = (before: readonly StoredValue[], after: readonly StoredValue[]) =>
      changePermissions(before, after);
    fc.assert(
      fc.property(anySpelling("HS_ADMIN"), (type) => {
        const [old, next] = [adminValue(100, "300:TEST/A"), adminValue(100, "300:TEST/B")];
        const [spelt, speltNext] = [
          { ...old, type },
          { ...next, type },
        ];
        const other = storedValue(100);
        expect(changePermissions([], [spelt])).toBe(plain([], [old]));
        expect(changePermissions([spelt], [])).toBe(plain([old], []));
        expect(changePermissions([spelt], [speltNext])).toBe(plain([old], [next]));
        expect(changePermissions([other], [spelt])).toBe(plain([other], [old]));
        expect(changePermissions([spelt], [other])).toBe(plain([old], [other]));
      }),
    );
  });
});
