import { inspect } from "node:util";
import type { HandleValue, HandleValueInput } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createChange, differenceOf } from "../src/change.ts";

const text = (value: string) => ({ format: "string" as const, value });
const url: HandleValue = {
  index: 1,
  type: "URL",
  data: text("old"),
  ttl: 86400,
  timestamp: "2026-01-02T03:04:05Z",
};
const email: HandleValue = { index: 2, type: "EMAIL", data: text("a@example.org"), ttl: 60 };
const parts = { handle: "a/b", created: false, dryRun: false, before: [url, email], after: [url, email] };

describe("differenceOf", () => {
  it("tells added, removed and changed values, by index", () => {
    const title: HandleValueInput = { index: 3, type: "TITLE", data: "t" };
    const next: HandleValueInput = { index: 1, type: "URL", data: "new" };
    expect(differenceOf([url, email], [title, next])).toEqual([
      { kind: "changed", index: 1, before: url, after: next },
      { kind: "removed", index: 2, before: email },
      { kind: "added", index: 3, after: title },
    ]);
  });

  it("sees no difference in another spelling, a default filled in, or a time stamp", () => {
    expect(differenceOf([url], [{ index: 1, type: "URL", data: "old" }])).toEqual([]);
    expect(
      differenceOf([url], [{ ...url, permissions: "1110", data: { format: "hex", value: "6f6c64" } }]),
    ).toEqual([]);
  });

  it.each<Partial<HandleValueInput>>([
    { ttl: 5 },
    { permissions: "1100" },
    { type: "URL.X" },
    { references: [{ handle: "a/c", index: 1 }] },
    { data: "old " },
  ])("sees %j", (other) => {
    expect(differenceOf([url], [{ index: 1, type: "URL", data: "old", ...other }])).toHaveLength(1);
  });

  it("does not look at what was not touched, so that a value nobody understands does no harm", () => {
    const odd = { index: 9, type: "X", data: { format: "future", value: {} } } as unknown as HandleValue;
    expect(differenceOf([odd, url], [odd, { ...url, data: "new" }])).toHaveLength(1);
  });
});

describe("a change in words", () => {
  it("is one line a value, also where it is inspected", () => {
    const after = [
      { ...url, data: "new" },
      { index: 3, type: "TITLE", data: "t" },
    ];
    const change = createChange({ ...parts, after });
    const words = [
      "changed a/b",
      "  - 1 URL  old",
      "  + 1 URL  new",
      "  - 2 EMAIL  a@example.org",
      "  + 3 TITLE  t",
    ];
    expect(String(change)).toBe(words.join("\n"));
    expect(inspect(change)).toBe(String(change));
    expect(Object.keys(change)).not.toContain("toString");
  });

  it.each([
    [{ before: [], created: true }, false, "created a/b"],
    [{ before: [], created: true, dryRun: true }, false, "would create a/b"],
    [{ after: [] }, true, "deleted a/b"],
    [{ after: [] }, false, "changed a/b"],
    [{ before: [], after: [] }, true, "deleted a/b"],
    [{ after: [], dryRun: true }, true, "would delete a/b"],
    [{ dryRun: true }, false, "a/b: nothing to change"],
  ])("%j, deleted %s: %s", (other, deleted, words) => {
    expect(String(createChange({ ...parts, ...other }, deleted)).split("\n")[0]).toBe(words);
  });

  it("shows who owns, lists and keys, and no secret key", () => {
    const after: HandleValueInput[] = [
      {
        index: 100,
        type: "HS_ADMIN",
        data: { format: "admin", value: { handle: "0.NA/a", index: 200, permissions: "011111110011" } },
      },
      { index: 200, type: "HS_VLIST", data: { format: "vlist", value: [{ handle: "a/u", index: 300 }] } },
      { index: 300, type: "HS_SECKEY", data: "S3CR3T" },
      { index: 301, type: "hs_seckey", data: { format: "base64", value: "UzNDUjNU" } },
    ];
    const lines = String(createChange({ ...parts, before: [], after, created: true })).split("\n");
    expect(lines.slice(1)).toEqual([
      "  + 100 HS_ADMIN  200:0.NA/a 011111110011",
      '  + 200 HS_VLIST  [{"handle":"a/u","index":300}]',
      "  + 300 HS_SECKEY  [redacted]",
      "  + 301 hs_seckey  [redacted]",
    ]);
  });

  it("holds no character that moves a cursor or turns the writing, wherever it comes from", () => {
    const nasty = fc.string({
      unit: fc.constantFrom("a", "\n", "\u001b", "\u007f", "\u009b", "\u202e", "\u2028", "é"),
    });
    fc.assert(
      fc.property(nasty, nasty, nasty, (handle, type, data) => {
        const after = [{ index: 1, type, data }];
        const words = String(createChange({ ...parts, handle, before: [], after, created: true }));
        expect(words.split("\n")).toHaveLength(2);
        expect(words.replace("\n", "")).not.toMatch(/[\p{Cc}\u2028-\u202e]/u);
      }),
    );
  });
});
