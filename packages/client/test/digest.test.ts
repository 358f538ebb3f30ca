import { digestOf } from "@handlekit/client";
import { decodeValue, encodeValue, type HandleValue, isHandleError } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const text = (value: string) => ({ format: "string" as const, value });

const value = fc.record({
  index: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  type: fc.string({ unit: "grapheme" }),
  data: fc.string({ unit: "grapheme" }).map(text),
  ttl: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  permissions: fc.constantFrom("1110", "1100", "0000", "1111"),
  references: fc.array(fc.record({ handle: fc.constant("a/b"), index: fc.nat(300) }), { maxLength: 2 }),
});
const record = fc.uniqueArray(value, { selector: ({ index }) => index, maxLength: 6 });

describe("digestOf", () => {
  it("is SHA-256 over the encoded values", async () => {
    const values: HandleValue[] = [{ index: 1, type: "URL", data: text("https://example.org/") }];
    expect(await digestOf(values)).toBe("1f92f17d6000454a1631640897e2e23c1c3556b3d9f79d869e6584dde0328006");
    expect(await digestOf([])).toMatch(/^[0-9a-f]{64}$/);
  });

  it("does not depend on order, time stamps or the form of a value", async () => {
    await fc.assert(
      fc.asyncProperty(record, async (values) => {
        const digest = await digestOf(values);
        const stamped = values.map((each) => ({ ...each, timestamp: "2026-01-02T03:04:05Z" }));
        expect(await digestOf(stamped.toReversed())).toBe(digest);
        expect(await digestOf(values.map((each) => decodeValue(encodeValue(each))))).toBe(digest);
      }),
    );
  });

  it("changes with any other member of a value", async () => {
    const other = fc.constantFrom<Partial<HandleValue>>(
      { index: 2 ** 31 - 1 },
      { type: "another" },
      { data: text("another") },
      { ttl: 1 },
      { permissions: "1000" },
      { references: [{ handle: "a/c", index: 1 }] },
    );
    await fc.assert(
      fc.asyncProperty(record, value, other, async (rest, one, change) => {
        const others = rest.filter(({ index }) => index !== one.index);
        fc.pre(JSON.stringify({ ...one, ...change }) !== JSON.stringify(one));
        expect(await digestOf([...others, { ...one, ...change }])).not.toBe(await digestOf([...others, one]));
        expect(await digestOf(others)).not.toBe(await digestOf([...others, one]));
      }),
    );
  });

  it("refuses anything but values, in words", async () => {
    const odd = { index: 1, type: "X", data: { format: "future", value: "" } } as unknown as HandleValue;
    expect(isHandleError(await digestOf([odd]).catch((error: unknown) => error), "invalid_value")).toBe(true);
  });
});
