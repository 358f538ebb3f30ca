import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./replay.ts";
import type { Difference } from "./rules.ts";

/** A difference from Handle.Net that we chose. */
export interface Deliberate {
  readonly file: string;
  readonly n: number;
  /** The fields that differ, as the replay names them. */
  readonly fields: readonly string[];
  readonly reason: string;
}

/** More than these, and "as Handle.Net" is no longer true. */
export const MOST_DELIBERATE = 25;

/** An exchange judged by the list of deliberate differences. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly kind: "equal" | "deliberate" | "differing";
  /** What differs and is not on the list. */
  readonly unlisted: readonly Difference[];
  /** Fields that are on the list and do not differ. */
  readonly stale: readonly string[];
}

/** Reads deliberate.json. */
export async function readDeliberate(): Promise<readonly Deliberate[]> {
  const file = fileURLToPath(new URL("deliberate.json", import.meta.url));
  return JSON.parse(await readFile(file, "utf8")) as readonly Deliberate[];
}

/** Judges the exchanges of a file; a listed difference that is gone counts as differing, so that the list stays true. */
export function judge(
  file: string,
  outcomes: readonly Outcome[],
  list: readonly Deliberate[],
): readonly Verdict[] {
  return outcomes.map((outcome) => {
    const entry = list.find((item) => item.file === file && item.n === outcome.n);
    const listed = entry?.fields ?? [];
    const unlisted = outcome.differences.filter(({ field }) => !listed.includes(field));
    const stale = listed.filter((field) => !outcome.differences.some((found) => found.field === field));
    const differing = unlisted.length > 0 || stale.length > 0;
    const kind = differing ? "differing" : listed.length > 0 ? "deliberate" : "equal";
    return { outcome, kind, unlisted, stale };
  });
}
