import type { Verdict } from "./deliberate.ts";

const LONGEST = 240;

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

/** What differs in one exchange, a line for each field. */
export function describeVerdict(file: string, { outcome, unlisted, stale }: Verdict): string {
  return [
    `${file} #${outcome.n} ${outcome.name} (${outcome.request})`,
    ...unlisted.map(
      ({ field, expected, got }) =>
        `    ${field}\n      expected ${shorten(expected)}\n      got      ${shorten(got)}`,
    ),
    ...stale.map((field) => `    ${field}\n      is in deliberate.json but does not differ`),
  ].join("\n");
}

/** The differing exchanges of a file, one paragraph each; empty when there are none. */
export function describeDiffering(file: string, verdicts: readonly Verdict[]): string {
  return verdicts
    .filter(({ kind }) => kind === "differing")
    .map((verdict) => describeVerdict(file, verdict))
    .join("\n");
}

/** A table: of each file and of all, how many exchanges are equal, deliberately different, and different. */
export function formatTable(files: ReadonlyMap<string, readonly Verdict[]>): string {
  const counts = (name: string, verdicts: readonly Verdict[]): readonly string[] => {
    const of = (kind: Verdict["kind"]): string =>
      String(verdicts.filter((verdict) => verdict.kind === kind).length);
    return [name, String(verdicts.length), of("equal"), of("deliberate"), of("differing")];
  };
  const rows = [
    ["file", "exchanges", "equal", "deliberate", "differing"],
    ...[...files].map(([name, verdicts]) => counts(name, verdicts)),
    counts("all", [...files.values()].flat()),
  ];
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(24) : cell.padStart(11))).join(""))
    .join("\n");
}
