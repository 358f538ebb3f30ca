import { authorise, encodeValues, handleKey, parseReference, type StoredValue } from "@handlekit/core";
import { expect, it } from "vitest";

const P = "20.500.12345";
const ME = parseReference(`300:${P}/ME`);
const admin = (index: number, list: number, handle: string, permissions = "000000000000") => ({
  index,
  type: "HS_ADMIN",
  data: { format: "admin", value: { handle, index: list, permissions } },
});
const list = (index: number, entries: readonly string[]) => ({
  index,
  type: "HS_VLIST",
  data: { format: "vlist", value: entries.map(parseReference) },
});

/** Reads from plain records, and counts the reads of each. */
function createReads(records: Readonly<Record<string, readonly object[]>>) {
  const stored = new Map<string, readonly StoredValue[]>(
    Object.entries(records).map(([handle, values]) => [handleKey(handle), encodeValues(values)]),
  );
  const reads = new Map<string, number>();
  return {
    reads,
    async read(handle: string) {
      const key = handleKey(handle);
      reads.set(key, (reads.get(key) ?? 0) + 1);
      return stored.get(key);
    },
  };
}

const strangers = (count: number) => Array.from({ length: count }, (_, i) => `300:${P}/${i}`);

it("reads a list once, whoever refers to it", async () => {
  const { read, reads } = createReads({
    [`${P}/x`]: Array.from({ length: 50 }, (_, i) => admin(i + 1, 200, `${P}/list`)),
    [`${P}/list`]: [list(200, [`200:${P}/nested`, `200:${P}/list`, ...strangers(20)])],
    [`${P}/nested`]: [list(200, [`200:${P}/list`])],
  });
  const decision = await authorise(ME, { name: "delete" }, `${P}/x`, read);
  expect([decision.allowed, decision.reason, decision.checks.length]).toEqual([false, "not_listed", 50]);
  expect(Math.max(...reads.values())).toBe(1);
});

it("finds the identity behind a list that leads elsewhere, with the whole path", async () => {
  const { read } = createReads({
    [`${P}/x`]: [
      admin(1, 200, `${P}/dead`),
      admin(2, 200, `${P}/list`),
      admin(3, 200, `${P}/list`, "111111111111"),
    ],
    [`${P}/dead`]: [list(200, strangers(5))],
    [`${P}/list`]: [list(200, [`200:${P}/dead`, `200:${P}/nested`])],
    [`${P}/nested`]: [list(200, [`300:${P}/ME`])],
  });
  const { allowed, checks } = await authorise(ME, { name: "delete" }, `${P}/x`, read);
  const path = [`${P}/list`, `${P}/nested`].map((handle) => ({ handle, index: 200 }));
  expect(allowed).toBe(true);
  expect(checks.map((check) => check.path)).toEqual([[], [...path, ME], [...path, ME]]);
});

it("gives up after 100,000 entries, and refuses", async () => {
  const own = `${P}/x`;
  const lists = Array.from({ length: 30 }, (_, i) =>
    list(1000 + i, [...strangers(9000), `${1001 + i}:${own}`]),
  );
  const { read } = createReads({
    [own]: [admin(1, 1000, own, "111111111111"), ...lists, list(1012, [`300:${P}/ME`])],
  });
  expect((await authorise(ME, { name: "delete" }, own, read)).reason).toBe("not_listed");
});

it("decides about ten thousand HS_ADMIN values that lead to one long list", async () => {
  const { read } = createReads({
    [`${P}/x`]: Array.from({ length: 10_000 }, (_, i) => admin(i + 1, 200, `${P}/list`)),
    [`${P}/list`]: [list(200, strangers(30_000))],
  });
  expect((await authorise(ME, { name: "delete" }, `${P}/x`, read)).reason).toBe("not_listed");
});
