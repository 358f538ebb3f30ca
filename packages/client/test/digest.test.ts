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

  it("covers values that cannot be encoded by their JSON, whatever the order of its members", async () => {
    const odd = fc.record({
      index: fc.integer(),
      type: fc.string(),
      data: fc.jsonValue(),
      ttl: fc.jsonValue(),
      permissions: fc.jsonValue(),
    }) as unknown as fc.Arbitrary<HandleValue>;
    const reordered = (each: unknown): unknown =>
      Array.isArray(each)
        ? each.map(reordered)
        : typeof each === "object" && each !== null
          ? Object.fromEntries(
              Object.entries(each)
                .reverse()
                .map(([key, member]) => [key, reordered(member)]),
            )
          : each;
    await fc.assert(
      fc.asyncProperty(record, odd, async (rest, one) => {
        const digest = await digestOf([...rest, one]);
        const stamped = { ...(reordered(one) as HandleValue), timestamp: "2026-01-02T03:04:05Z" };
        expect(await digestOf([...rest, stamped])).toBe(digest);
        expect(await digestOf(rest)).not.toBe(digest);
      }),
    );
    const future = (content: unknown) =>
      [{ index: 1, type: "X", data: { format: "future", value: content } }] as unknown as HandleValue[];
    const digests = await Promise.all(["a", "b", null, { c: 1 }].map((each) => digestOf(future(each))));
    expect(new Set(digests).size).toBe(4);
    const asText = [{ index: 1, type: "X", data: text(JSON.stringify(future("a")[0])) }];
    expect(digests).not.toContain(await digestOf(asText));
  });

  it.each([null, "x", {}, { index: 1 }, { index: "1", type: "X" }, { index: 1.5, type: "X" }])(
    "refuses %j, which is not a value, in words",
    async (odd) => {
      const failure = await digestOf([odd as unknown as HandleValue]).catch((error: unknown) => error);
      expect(isHandleError(failure, "invalid_value")).toBe(true);
    },
  );
});
