import { readFileSync } from "node:fs";
import { HandleError, type HandleErrorCode } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { EXIT, exitCodeOf } from "../src/exit-codes.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

/** The error codes of the README's table, each with its exit code. */
function documented(): Readonly<Record<string, number>> {
  const rows = read("../README.md").matchAll(/^\| (\d+) +\|[^|]*\|([^|]*)\|$/gm);
  return Object.fromEntries(
    [...rows].flatMap(([, exit, codes = ""]) =>
      (codes.match(/\w+/g) ?? []).map((code) => [code, Number(exit)] as const),
    ),
  );
}

describe("exit codes", () => {
  it("are those of the README and of docs/errors.md, for every error code", () => {
    const rows = read("../../../docs/errors.md").matchAll(/^\| `(\w+)` .*\| +(\d+) +\|$/gm);
    const errors = Object.fromEntries([...rows].map(([, code = "", exit]) => [code, Number(exit)]));
    expect(Object.keys(errors).length).toBeGreaterThan(30);
    const table = documented();
    expect(table).toEqual(errors);
    for (const [code, exit] of Object.entries(table)) {
      const { code: known } = new HandleError(code as HandleErrorCode, { message: "" });
      expect([known, exitCodeOf(known)]).toEqual([code, exit]);
    }
  });

  it("are all in the README", () => {
    const listed = [...read("../README.md").matchAll(/^\| (\d+) +\|/gm)].map(([, exit]) => Number(exit));
    expect(listed).toEqual(Object.values(EXIT));
  });
});
