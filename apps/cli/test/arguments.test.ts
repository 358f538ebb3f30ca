import { InvalidArgumentError } from "commander";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collect, wholeNumber } from "../src/arguments.ts";
import { seconds, splitLine } from "../src/common-options.ts";

describe("wholeNumber", () => {
  it("reads digits alone", () => {
    expect(["0", "300", "2147483647"].map(wholeNumber)).toEqual([0, 300, 2147483647]);
    for (const text of ["", "-1", "1.5", "1e3", "0x1", " 1", "12345678901", "١"]) {
      expect(() => wholeNumber(text)).toThrow(InvalidArgumentError);
    }
  });
});

describe("seconds", () => {
  it("reads seconds as milliseconds", () => {
    expect(["1", "0.5", "0.001", "86400"].map(seconds)).toEqual([1000, 500, 1, 86_400_000]);
    for (const text of ["0", "0.0", "-1", "1e3", "86401", "", "1 s", "0.0001"]) {
      expect(() => seconds(text)).toThrow(InvalidArgumentError);
    }
  });
});

describe("collect", () => {
  it("appends each occurrence of an option", () => {
    const read = collect(wholeNumber);
    expect(read("2", read("1"))).toEqual([1, 2]);
  });
});

describe("splitLine", () => {
  const one = (argv: readonly string[]) => splitLine(argv, (words) => words.length === 0);

  it.each([
    ["get a/b -c f", ["get"], ["a/b", "-c", "f"]],
    ["-c get get a/b", ["get"], ["-c", "get", "a/b"]],
    ["--json get a/b", ["get"], ["--json", "a/b"]],
    ["--credentials=f get a/b", ["get"], ["--credentials=f", "a/b"]],
    ["-cf get a/b", ["get"], ["-cf", "a/b"]],
    ["-c", [], ["-c"]],
    ["-- get", [], ["--", "get"]],
    ["", [], []],
  ])("%s", (line, words, rest) => {
    expect(one(line.split(" ").filter((word) => word !== ""))).toEqual({ words, rest });
  });

  it("keeps every word, in its order", () => {
    const word = fc.oneof(fc.string(), fc.constantFrom("-c", "--json", "--", "get", "-", "--timeout"));
    fc.assert(
      fc.property(fc.array(word), (argv) => {
        const { words, rest } = one(argv);
        expect(words.length).toBeLessThanOrEqual(1);
        const at =
          words.length === 0
            ? -1
            : argv.findIndex(
                (each, i) => each === words[0] && argv.toSpliced(i, 1).join("\0") === rest.join("\0"),
              );
        expect(words.length === 0 ? rest : argv.toSpliced(at, 1)).toEqual(words.length === 0 ? argv : rest);
      }),
    );
  });
});
