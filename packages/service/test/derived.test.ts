import { expect, it } from "vitest";
import { createDerived } from "../src/derived.ts";

it("keeps what was derived from an object from the second time on", () => {
  const derived = createDerived<object, string>();
  const [used, other] = [{}, {}];
  derived.set(used, "first");
  expect(derived.get(used)).toBe(undefined);
  derived.set(used, "second");
  expect(derived.get(used)).toBe("second");
  expect(derived.get(other)).toBe(undefined);
});
