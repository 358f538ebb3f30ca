import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FaultRequest } from "../src/fault.ts";
import { everyNth, readPlan, withProbability } from "../src/fault-plan.ts";

const request = (n: number): FaultRequest => ({ method: "GET", target: "/", n });
const kinds = (plan: ReturnType<typeof readPlan>, count: number) =>
  Array.from({ length: count }, (_, i) => plan(request(i + 1))?.kind);

describe("a queue", () => {
  it("is used in order, and then injects no faults", () => {
    const plan = readPlan([{ kind: "busy" }, undefined, { kind: "reset-after" }]);
    expect(kinds(plan, 5)).toEqual(["busy", undefined, "reset-after", undefined, undefined]);
  });
});

describe("everyNth", () => {
  it("uses its faults in turn", () => {
    const plan = everyNth(2, { kind: "busy" }, { kind: "half-close" });
    expect(kinds(plan, 6)).toEqual([undefined, "busy", undefined, "half-close", undefined, "busy"]);
  });
});

describe("withProbability", () => {
  it("depends on the seed and the number alone", () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, probability) => {
        const make = () => withProbability(seed, probability, { kind: "busy" }, { kind: "reset-after" });
        expect(kinds(make(), 50)).toEqual(kinds(make(), 50));
        const backwards = Array.from({ length: 50 }, (_, i) => make()(request(50 - i))?.kind).reverse();
        expect(backwards).toEqual(kinds(make(), 50));
      }),
    );
  });

  it("injects with the given probability, each fault equally often", () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(0.05, 0.3, 0.8), (seed, probability) => {
        const drawn = kinds(withProbability(seed, probability, { kind: "busy" }, { kind: "not-json" }), 4000);
        const rate = (kind: string) => drawn.filter((each) => each === kind).length / 4000;
        expect(Math.abs(rate("busy") - probability / 2)).toBeLessThan(0.05);
        expect(Math.abs(rate("not-json") - probability / 2)).toBeLessThan(0.05);
      }),
    );
  });

  it("injects always at 1 and never at 0", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1 }), (seed, n) => {
        expect(withProbability(seed, 1, { kind: "busy" })(request(n))).toEqual({ kind: "busy" });
        expect(withProbability(seed, 0, { kind: "busy" })(request(n))).toBe(undefined);
      }),
    );
  });
});
