import { HandleError } from "../error.ts";

/** What became of one command, or in HOME and UNHOME of one prefix. */
export interface BatchOutcome {
  /** "invalid" when GenericBatch could not use a line and sent nothing. */
  readonly result: "success" | "failure" | "invalid";
  /**
   * As GenericBatch counts lines: the lines of commands and the empty ones between commands count, those that belong to
   * a command do not.
   */
  readonly line: number;
  readonly operation?: BatchOperation;
  readonly handle?: string;
  /** The protocol's response code, when a server refused. */
  readonly responseCode?: number;
  /** Why it did not succeed. */
  readonly message?: string;
}

/** The operations by the names they have in the log. */
export type BatchOperation =
  | "create"
  | "add values"
  | "modify values"
  | "remove values"
  | "delete"
  | "home/unhome";

/** What a log of GenericBatch says. */
export interface BatchLog {
  /** In their order. */
  readonly outcomes: readonly BatchOutcome[];
  /** The counts at the end of the log; absent when the batch did not end. */
  readonly totals?: {
    readonly successes: number;
    /** All commands but AUTHENTICATE and SESSIONSETUP, and each prefix of HOME and UNHOME. */
    readonly entries: number;
  };
}

const ENTRY = /^==>(SUCCESS|FAILURE|INVALID) ?\[(\d{1,15})\]: (.*)$/s;
const SUBJECT = /^(create|add values|modify values|remove values|delete|home\/unhome):(.*)$/s;
const TOTALS = /^Successes\/Total Entries: (\d{1,15})\/(\d{1,15})$/;
const TAIL = /^(?:Start Time: |Batch File Lines: |Finish Time: |This batch took )/;
const RESULTS = { SUCCESS: "success", FAILURE: "failure", INVALID: "invalid" } as const;

/** Takes `handle: why` apart: at the server's answer, or else at the first colon with a space. */
function readFailure(text: string): Pick<BatchOutcome, "handle" | "message" | "responseCode"> {
  const answer = /: Error\((\d{1,9})\)/.exec(text);
  const end = answer ? answer.index : text.indexOf(": ");
  if (end < 0) return { handle: text };
  return {
    handle: text.slice(0, end),
    message: text.slice(end + 2),
    ...(answer ? { responseCode: Number(answer[1]) } : {}),
  };
}

/** The line of an outcome, with the lines that continue it. */
interface Entry {
  readonly word: keyof typeof RESULTS;
  readonly line: number;
  text: string;
}

function readOutcome({ word, line, text }: Entry): BatchOutcome {
  const result = RESULTS[word];
  const [, operation, rest = ""] = SUBJECT.exec(text) ?? [];
  if (result === "invalid" || operation === undefined) return { result, line, message: text };
  return {
    result,
    line,
    operation: operation as BatchOperation,
    ...(result === "success" ? { handle: rest } : readFailure(rest)),
  };
}

/**
 * Reads the log that `hdl-genericbatch` wrote. Lines that follow a failure continue its message; other lines that say
 * nothing about a command are passed over.
 *
 * @param text the whole log
 * @throws HandleError `invalid_value` naming the line when one begins like an outcome and is none
 * @example
 * ```ts
 * const { outcomes, totals } = parseBatchLog(await readFile("batch.log", "utf8"));
 * const failed = outcomes.filter(({ result }) => result !== "success");
 * if (totals === undefined) console.error("the batch was interrupted");
 * ```
 */
export function parseBatchLog(text: string): BatchLog {
  const entries: Entry[] = [];
  let totals: BatchLog["totals"];
  let unfinished: Entry | undefined;
  for (const [at, line] of text.split(/\r\n|\n|\r/).entries()) {
    const [, word, number, rest = ""] = ENTRY.exec(line) ?? [];
    const counts = TOTALS.exec(line);
    if (word !== undefined) {
      const entry: Entry = { word: word as keyof typeof RESULTS, line: Number(number), text: rest };
      entries.push(entry);
      unfinished = word === "SUCCESS" ? undefined : entry;
    } else if (line.startsWith("==>")) {
      throw new HandleError("invalid_value", {
        message: `Line ${at + 1} of the log is not an outcome that GenericBatch writes.`,
        hint: "Give the log that hdl-genericbatch wrote, unchanged.",
      });
    } else if (counts || TAIL.test(line)) {
      unfinished = undefined;
      if (counts) totals = { successes: Number(counts[1]), entries: Number(counts[2]) };
    } else if (unfinished && line !== "") {
      unfinished.text += `\n${line}`;
    }
  }
  return { outcomes: entries.map(readOutcome), ...(totals ? { totals } : {}) };
}
