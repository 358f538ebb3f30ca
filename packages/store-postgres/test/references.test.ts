import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeReferences, encodeReferences } from "../src/rows/references.ts";

it("writes references as Handle.Net does", () => {
  const sample = [
    { index: 5, handle: "TEST/x\ty" },
    { index: 6, handle: "TEST/z" },
  ];
  expect(encodeReferences(sample)).toBe("5:TEST/x\\ty%00096:TEST/z");
  expect(decodeReferences("5:TEST/x\\ty%00096:TEST/z")).toEqual(sample);
  expect(encodeReferences([{ index: 0, handle: "20.5/100%-é\n" }])).toBe("0:20.5/100%0025-%00e9\\n");
  expect(decodeReferences("0:20.5/100%0025-%00E9\\n")).toEqual([{ index: 0, handle: "20.5/100%-é\n" }]);
});

it("reads every reference that it wrote", () => {
  const reference = fc.record({
    index: fc.integer({ min: 0, max: 0x7fffffff }),
    handle: fc.string({
      unit: fc.oneof(
        fc.constantFrom("\t", "\n", "\r", "\\", "%", ":"),
        fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
      ),
    }),
  });
  fc.assert(
    fc.property(fc.array(reference), (references) => {
      const text = encodeReferences(references);
      expect(text).toMatch(/^[ -~]*$/);
      expect(decodeReferences(text)).toEqual(references);
    }),
  );
});

it("leaves out what is no reference", () => {
  expect(decodeReferences(null)).toEqual([]);
  expect(decodeReferences("")).toEqual([]);
  expect(decodeReferences("nonsense%0009x:20.5/A%00092:20.5/B")).toEqual([{ index: 2, handle: "20.5/B" }]);
});
