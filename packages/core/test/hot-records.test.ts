import { handleKey } from "@handlekit/core";
import type { Revision } from "@handlekit/core/store";
import { expect, it } from "vitest";
import { createHotRecords, type SizedRecord } from "../src/store/hot-records.ts";
import { storedValue } from "./support.ts";

const read = (text: string, bytes = 100): SizedRecord => ({
  record: { values: [storedValue(1, { data: new TextEncoder().encode(text) })], revision: "1" as Revision },
  bytes,
});
const keyOf = (i: number) => handleKey(`20.500.1/${i}`);

it("admits a record that is read twice, and answers with the same object", () => {
  const hot = createHotRecords(1_000_000);
  const first = read("a");
  expect(hot.get(keyOf(1))).toBe(undefined);
  hot.add(keyOf(1), first);
  expect(hot.get(keyOf(1))).toBe(undefined);
  hot.add(keyOf(1), first);
  expect(hot.get(keyOf(1))).toBe(first.record);
});

it("replaces and removes what it has, and takes nothing else", () => {
  const hot = createHotRecords(1_000_000);
  hot.add(keyOf(1), read("a"));
  hot.add(keyOf(1), read("a"));
  const next = read("b");
  hot.replace(keyOf(1), () => next);
  expect(hot.get(keyOf(1))).toBe(next.record);
  hot.replace(keyOf(2), () => {
    throw new Error("It was decoded for nothing.");
  });
  expect(hot.get(keyOf(2))).toBe(undefined);
  hot.replace(keyOf(1), () => undefined);
  expect(hot.get(keyOf(1))).toBe(undefined);
});

it("stays within its memory, and keeps what is read again and again", () => {
  const cost = 600 + 400 + 3 * 100;
  const hot = createHotRecords(100 * cost);
  const favourite = keyOf(0);
  for (let round = 0; round < 2; round++) hot.add(favourite, read("favourite"));
  let held = 0;
  for (let i = 1; i <= 1000; i++) {
    for (let round = 0; round < 2; round++) hot.add(keyOf(i), read(`${i}`));
    expect(hot.get(favourite)).toBeDefined();
  }
  for (let i = 1; i <= 1000; i++) if (hot.get(keyOf(i)) !== undefined) held++;
  expect(held).toBeGreaterThan(20);
  expect(held).toBeLessThanOrEqual(100);
  expect(hot.bytes).toBeLessThanOrEqual(100 * cost);
  expect(hot.bytes).toBeGreaterThanOrEqual(held * cost);
});

it("takes no record that is too large, and none at all without memory", () => {
  const hot = createHotRecords(10_000);
  for (let round = 0; round < 3; round++) hot.add(keyOf(1), read("large", 2000));
  expect(hot.get(keyOf(1))).toBe(undefined);
  const none = createHotRecords(0);
  for (let round = 0; round < 3; round++) none.add(keyOf(1), read("a"));
  expect(none.get(keyOf(1))).toBe(undefined);
});

it("remembers more keys with more memory", () => {
  const hot = createHotRecords(256 * 1024 * 1024);
  const keys = Array.from({ length: 30_000 }, (_, i) => keyOf(i));
  for (let round = 0; round < 2; round++) for (const key of keys) hot.add(key, read("a"));
  expect(keys.filter((key) => hot.get(key) !== undefined).length).toBeGreaterThan(10_000);
});
