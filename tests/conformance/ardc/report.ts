import type { Comparison } from "./compare.ts";

/** How one case went. */
export interface Outcome extends Comparison {
  readonly name: string;
}

/** What differs in the cases of a file, a paragraph each; empty when nothing does. */
export function describeDifferent(file: string, outcomes: readonly Outcome[]): string {
  return outcomes
    .filter(({ verdict }) => verdict === "different")
    .map(({ name, expected, got }) => `${file}: ${name}\nexpected ${expected}\ngot      ${got}`)
    .join("\n\n");
}

/** A table: of each file and of all, how many cases are answered with the same bytes, the same XML, and otherwise. */
export function formatTable(files: ReadonlyMap<string, readonly Outcome[]>): string {
  const counts = (name: string, outcomes: readonly Outcome[]): readonly string[] => {
    const of = (verdict: Comparison["verdict"]) =>
      String(outcomes.filter((each) => each.verdict === verdict).length);
    return [name, String(outcomes.length), of("same bytes"), of("same XML"), of("different")];
  };
  const rows = [
    ["file", "cases", "same bytes", "same XML", "different"],
    ...[...files].map(([name, outcomes]) => counts(name, outcomes)),
    counts("all", [...files.values()].flat()),
  ];
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(24) : cell.padStart(12))).join(""))
    .join("\n");
}
