import { expect, it } from "vitest";
import { judge } from "./deliberate.ts";
import type { Outcome } from "./replay.ts";
import { describeDiffering, formatTable } from "./report.ts";

function outcome(n: number, ...fields: readonly string[]): Outcome {
  const differences = fields.map((field) => ({ field, expected: "a", got: "b" }));
  return { n, name: `exchange ${n}`, request: "GET /x", differences };
}

function entry(n: number, ...fields: readonly string[]): Parameters<typeof judge>[2][number] {
  return { file: "f", n, fields, reason: "because" };
}

const kinds = (outcomes: readonly Outcome[], ...list: Parameters<typeof judge>[2]): readonly string[] =>
  judge("f", outcomes, list).map(({ kind }) => kind);

it("tells equal, deliberate and differing exchanges apart", () => {
  const outcomes = [outcome(1), outcome(2, "status"), outcome(3, "status", "message")];
  expect(kinds(outcomes, entry(2, "status"), entry(3, "status", "message"))).toEqual([
    "equal",
    "deliberate",
    "deliberate",
  ]);
  expect(kinds(outcomes)).toEqual(["equal", "differing", "differing"]);
});

it("takes a field that is not listed for a difference", () => {
  expect(kinds([outcome(1, "status", "message")], entry(1, "message"))).toEqual(["differing"]);
});

it("takes a listed field that does not differ for a difference", () => {
  expect(kinds([outcome(1)], entry(1, "message"))).toEqual(["differing"]);
  expect(kinds([outcome(1, "status")], entry(1, "status", "message"))).toEqual(["differing"]);
});

it("does not take an entry of another file or number", () => {
  expect(kinds([outcome(1, "status")], entry(2, "status"))).toEqual(["differing"]);
  expect(kinds([outcome(1, "status")], { ...entry(1, "status"), file: "g" })).toEqual(["differing"]);
});

it("describes only what differs, and counts each kind", () => {
  const verdicts = judge("f", [outcome(1), outcome(2, "status"), outcome(3, "body")], [entry(3, "body")]);
  const text = describeDiffering("f", verdicts);
  expect(text).toContain("f #2 exchange 2 (GET /x)");
  expect(text).toContain("status");
  expect(text).not.toContain("#3");
  expect(describeDiffering("f", verdicts.slice(0, 1))).toBe("");
  const rows = formatTable(new Map([["f", verdicts]])).split("\n");
  expect(rows.map((row) => row.trim().split(/\s+/))).toEqual([
    ["file", "exchanges", "equal", "deliberate", "differing"],
    ["f", "3", "1", "1", "1"],
    ["all", "3", "1", "1", "1"],
  ]);
});
