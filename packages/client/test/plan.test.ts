import { type HandleValue, isHandleError } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allocateIndexes, listValues } from "../src/writing/allocate-indexes.ts";
import { planChange } from "../src/writing/plan-change.ts";

const text = (value: string) => ({ format: "string" as const, value });
const admin = {
  format: "admin" as const,
  value: { index: 200, handle: "0.NA/a", permissions: "011111110011" },
};

describe("allocateIndexes", () => {
  it("numbers a new record as B2HANDLE does", () => {
    const values = listValues({ HS_ADMIN: admin, URL: "u", CHECKSUM: "c", EMAIL: "e" }, "create");
    expect(allocateIndexes(values).map(({ index, type }) => [type, index])).toEqual([
      ["HS_ADMIN", 100],
      ["URL", 1],
      ["CHECKSUM", 2],
      ["EMAIL", 3],
    ]);
  });

  it("keeps 1 for URL and 100 to 199 for HS_ADMIN", () => {
    const many = Array.from({ length: 120 }, (_, i) => ({ type: `T${i}`, data: "" }));
    const indexes = allocateIndexes(many).map((value) => value.index);
    expect([indexes[0], indexes[97], indexes[98]]).toEqual([2, 99, 200]);
    expect(allocateIndexes([{ type: "URL", data: "" }], [1, 2]).map((value) => value.index)).toEqual([3]);
    expect(allocateIndexes([{ type: "HS_ADMIN", data: admin }], [100]).map((value) => value.index)).toEqual([
      101,
    ]);
  });

  it("does not allocate indexes that were given", () => {
    const values = [
      { type: "A", data: "" },
      { type: "B", data: "", index: 2 },
    ];
    expect(allocateIndexes(values).map((value) => value.index)).toEqual([3, 2]);
  });

  it("refuses an index given twice", () => {
    const twice = () =>
      allocateIndexes([
        { type: "A", data: "", index: 5 },
        { type: "B", data: "", index: 5 },
      ]);
    expect(twice).toThrow("Two of the values have index 5");
  });

  it("refuses a text as HS_ADMIN, in both forms: nobody could change the record", () => {
    for (const data of ["300:a/b", text("300:a/b")]) {
      expect(() => allocateIndexes([{ type: "HS_ADMIN", data }])).toThrow("data of an HS_ADMIN value");
    }
  });

  it.each(["11111111001", "0111111100110", "01111111001l", ""])(
    "refuses the permissions %j of HS_ADMIN, which servers accept as others than were meant",
    (permissions) => {
      const data = { format: "admin" as const, value: { ...admin.value, permissions } };
      expect(() => allocateIndexes([{ type: "HS_ADMIN", data }])).toThrow("is not a permission string");
    },
  );

  it("refuses what cannot be written before anything is sent", () => {
    const data = { format: "base64" as const, value: "!" };
    expect(() => allocateIndexes([{ type: "T", data }])).toThrow("The value at index 2 cannot be used");
  });

  it("uses every index once, and keeps those that were given", () => {
    const type = fc.constantFrom("URL", "HS_ADMIN", "EMAIL", "T");
    const value = fc.record({ type, index: fc.option(fc.integer({ min: 1, max: 220 }), { nil: undefined }) });
    const values = fc.uniqueArray(value, { selector: ({ index }) => index ?? Symbol(), maxLength: 150 });
    fc.assert(
      fc.property(values, fc.array(fc.integer({ min: 1, max: 220 })), (wanted, taken) => {
        const given = wanted.map(({ type, index }) => ({
          type,
          data: type === "HS_ADMIN" ? admin : "x",
          ...(index === undefined ? {} : { index }),
        }));
        const made = allocateIndexes(given, taken);
        expect(new Set(made.map(({ index }) => index)).size).toBe(made.length);
        for (const [i, { index, type }] of made.entries()) {
          const own = given[i]?.index;
          if (own !== undefined) {
            expect(index).toBe(own);
            continue;
          }
          expect(taken).not.toContain(index);
          if (type === "HS_ADMIN") expect(index).toBeGreaterThanOrEqual(100);
          else expect(index < 100 || index > 199).toBe(true);
          if (type !== "URL") expect(index).not.toBe(1);
        }
      }),
    );
  });
});

describe("planChange", () => {
  const present: HandleValue[] = [
    {
      index: 1,
      type: "URL",
      data: text("old"),
      ttl: 60,
      permissions: "1100",
      timestamp: "2026-01-02T03:04:05Z",
    },
    { index: 2, type: "EMAIL", data: text("a") },
    { index: 3, type: "EMAIL", data: text("b") },
    { index: 100, type: "HS_ADMIN", data: admin },
  ];
  const plan = (values: Parameters<typeof planChange>[1], how = {}) =>
    planChange("a/b", values, present, how);
  const codeOf = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return isHandleError(error) ? error.code : error;
    }
  };

  it("replaces the only value of a type and keeps its ttl and permissions", () => {
    expect(plan([{ type: "URL", data: "new" }])).toEqual({
      replaced: [{ index: 1, type: "URL", data: "new", ttl: 60, permissions: "1100" }],
      added: [],
      removed: [],
    });
  });

  it("takes a ttl for present and new values alike", () => {
    const { replaced, added } = plan(
      [
        { type: "URL", data: "new" },
        { type: "TITLE", data: "t" },
      ],
      { ttl: 5 },
    );
    expect([replaced[0]?.ttl, added]).toEqual([5, [{ type: "TITLE", data: "t", ttl: 5, index: 4 }]]);
  });

  it("refuses a type of which there are several values, and takes an index", () => {
    expect(codeOf(() => plan([{ type: "EMAIL", data: "c" }]))).toBe("invalid_value");
    expect(plan([{ type: "EMAIL", data: "c", index: 3 }]).replaced).toEqual([
      { index: 3, type: "EMAIL", data: "c" },
    ]);
  });

  it("keeps references, and a ttl in absolute time", () => {
    const references = [{ handle: "a/c", index: 1 }];
    const kept = { index: 7, type: "T", ttl: "2030-01-02T03:04:05Z", references };
    const planned = planChange("a/b", [{ type: "T", data: "y" }], [{ ...kept, data: text("x") }], {});
    expect(planned.replaced).toEqual([{ ...kept, data: "y" }]);
  });

  it("refuses text as HS_ADMIN also if the record has one", () => {
    expect(codeOf(() => plan([{ type: "HS_ADMIN", data: "300:a/b" }]))).toBe("invalid_value");
  });

  it("refuses a value that is named twice, by its index and by its type", () => {
    const twice = [
      { type: "URL", data: "x", index: 1 },
      { type: "URL", data: "y" },
    ];
    expect(codeOf(() => plan(twice))).toBe("invalid_value");
  });

  it("adds at a free index, or refuses when adding is off", () => {
    expect(plan([{ type: "TITLE", data: "t" }]).added).toEqual([{ index: 4, type: "TITLE", data: "t" }]);
    expect(plan([{ type: "TITLE", data: "t", index: 50 }]).added).toEqual([
      { index: 50, type: "TITLE", data: "t" },
    ]);
    expect(codeOf(() => plan([{ type: "TITLE", data: "t" }], { add: false }))).toBe("values_not_found");
  });
});
