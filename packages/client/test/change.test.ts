import { inspect } from "node:util";
import type { HandleValue, HandleValueInput } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createChange, differenceOf } from "../src/writing/change.ts";

const text = (value: string) => ({ format: "string" as const, value });
const url: HandleValue = {
  index: 1,
  type: "URL",
  data: text("old"),
  ttl: 86400,
  timestamp: "2026-01-02T03:04:05Z",
};
const email: HandleValue = { index: 2, type: "EMAIL", data: text("a@example.org"), ttl: 60 };
const parts = { handle: "a/b", created: false, written: true, before: [url, email], after: [url, email] };

describe("differenceOf", () => {
  it("distinguishes added, removed and changed values, by index", () => {
    const title: HandleValueInput = { index: 3, type: "TITLE", data: "t" };
    const next: HandleValueInput = { index: 1, type: "URL", data: "new" };
    expect(differenceOf([url, email], [title, next])).toEqual([
      { kind: "changed", index: 1, before: url, after: next },
      { kind: "removed", index: 2, before: email },
      { kind: "added", index: 3, after: title },
    ]);
  });

  it("ignores another format, a default filled in, and time stamps", () => {
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

  it("ignores values that were not touched, even if they cannot be encoded", () => {
    const odd = { index: 9, type: "X", data: { format: "future", value: {} } } as unknown as HandleValue;
    expect(differenceOf([odd, url], [odd, { ...url, data: "new" }])).toHaveLength(1);
  });
});

describe("a change in words", () => {
  it("has one line per value, also when it is inspected", () => {
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
    [{ before: [], created: true, written: false }, false, "would create a/b"],
    [{ after: [] }, true, "deleted a/b"],
    [{ after: [] }, false, "changed a/b"],
    [{ before: [], after: [] }, true, "deleted a/b"],
    [{ after: [], written: false }, true, "would delete a/b"],
    [{ written: false }, false, "a/b: nothing to change"],
    [{}, false, "changed a/b"],
    [{ after: [], written: false }, false, "would change a/b"],
  ])("%j, deleted %s: %s", (other, deleted, words) => {
    expect(String(createChange({ ...parts, ...other }, deleted)).split("\n")[0]).toBe(words);
  });

  it("shows owners, lists and keys, and no secret key", () => {
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
      "  warning: HS_SECKEY at index 300 stands beside hs_seckey at index 301",
      "  warning: hs_seckey at index 301 stands beside HS_SECKEY at index 300",
    ]);
  });

  it("contains no character that moves a cursor or changes the direction of writing", () => {
    const nasty = fc.string({
      unit: fc.constantFrom("a", "\n", "\u001b", "\u007f", "\u009b", "\u202e", "\u2028", "é"),
    });
    fc.assert(
      fc.property(nasty, nasty, nasty, (handle, type, data) => {
        const after = [{ index: 1, type, data }];
        const words = String(createChange({ ...parts, handle, before: [], after, created: true }));
        expect(words.split("\n")).toHaveLength(data.endsWith("\n") ? 3 : 2);
        expect(words.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u2028-\u202e]/u);
      }),
    );
  });
});
