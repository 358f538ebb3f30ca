import { parseBatchLog } from "@handlekit/core/batch";
import { describe, expect, it } from "vitest";
import { refusal } from "./support.ts";

const outcomesOf = (log: string) => parseBatchLog(log).outcomes;

describe("a log of GenericBatch", () => {
  it("has no totals until it is complete", () => {
    expect(parseBatchLog("")).toEqual({ outcomes: [] });
    expect(parseBatchLog("Start Time: Sat Nov 21 19:34:34 UTC 2026\n==>SUCCESS[1]: delete:a/b\n")).toEqual({
      outcomes: [{ result: "success", line: 1, operation: "delete", handle: "a/b" }],
    });
    expect(parseBatchLog("Successes/Total Entries: 0/0\r\n").totals).toEqual({ successes: 0, entries: 0 });
  });

  it("has handles with colons and blanks", () => {
    expect(
      outcomesOf("==>SUCCESS[1]: create:a/b: c\n==>FAILURE[2]: create:a/b: c:d: Error(101): EXISTS: a: b"),
    ).toEqual([
      { result: "success", line: 1, operation: "create", handle: "a/b: c" },
      {
        result: "failure",
        line: 2,
        operation: "create",
        handle: "a/b: c:d",
        responseCode: 101,
        message: "Error(101): EXISTS: a: b",
      },
    ]);
  });

  it("has failures that no server answered, over several lines", () => {
    expect(
      outcomesOf(
        "==>FAILURE[1]: home/unhome:0.NA/a: Unable to connect: refused\n  to 192.0.2.1\n\nFinish Time: x\nmore\n==>FAILURE[2]: delete:a/b",
      ),
    ).toEqual([
      {
        result: "failure",
        line: 1,
        operation: "home/unhome",
        handle: "0.NA/a",
        message: "Unable to connect: refused\n  to 192.0.2.1",
      },
      { result: "failure", line: 2, operation: "delete", handle: "a/b" },
    ]);
  });

  it("has invalid lines, some with a space before the number, and unknown operations", () => {
    expect(
      outcomesOf(
        "==>INVALID [4]: Not predefined session line encounted.\n==>INVALID[5]: no handle values for a/b\n==>SUCCESS[6]: rename:a/b",
      ),
    ).toEqual([
      { result: "invalid", line: 4, message: "Not predefined session line encounted." },
      { result: "invalid", line: 5, message: "no handle values for a/b" },
      { result: "success", line: 6, message: "rename:a/b" },
    ]);
  });

  it("ignores the output of other programs", () => {
    expect(
      outcomesOf("Batch(x.txt) process started ...\n==>SUCCESS[1]: delete:a/b\nBatch process finished"),
    ).toHaveLength(1);
  });

  it("is refused if an outcome is truncated or changed", () => {
    for (const line of ["==>", "==>SUCC", "==>SUCCESS[x]: delete:a/b", "==>SUCCESS[1]"]) {
      const { message } = refusal("invalid_value", () => parseBatchLog(`Start Time: x\n${line}`));
      expect(message).toBe("Line 2 of the log begins with ==> but is not an outcome of GenericBatch.");
    }
  });
});
