import { checkText } from "../check.ts";
import { invalidValue } from "../error.ts";

/** The outcome of one command, or of one prefix in HOME and UNHOME. */
export interface BatchOutcome {
  /** "invalid" if GenericBatch could not parse a line, and sent nothing. */
  readonly result: "success" | "failure" | "invalid";
  /** The line number as GenericBatch counts: commands and the empty lines between them, but not a command's own lines. */
  readonly line: number;
  readonly operation?: BatchOperation | undefined;
  readonly handle?: string | undefined;
  /** The response code of the Handle protocol, if a server refused. */
  readonly responseCode?: number | undefined;
  /** The reason why it failed. */
  readonly message?: string | undefined;
}

/** The names of operations in the log. */
export type BatchOperation =
  | "create"
  | "add values"
  | "modify values"
  | "remove values"
  | "delete"
  | "home/unhome";

/** The content of a log of GenericBatch. */
export interface BatchLog {
  /** In the order of the log. */
  readonly outcomes: readonly BatchOutcome[];
  /** The totals at the end of the log; absent if the batch was interrupted. */
  readonly totals?:
    | {
        readonly successes: number;
        /** The number of commands except AUTHENTICATE and SESSIONSETUP, counting each prefix of HOME and UNHOME. */
        readonly entries: number;
      }
    | undefined;
}

const ENTRY = /^==>(SUCCESS|FAILURE|INVALID) ?\[(\d{1,15})\]: (.*)$/s;
const SUBJECT = /^(create|add values|modify values|remove values|delete|home\/unhome):(.*)$/s;
const TOTALS = /^Successes\/Total Entries: (\d{1,15})\/(\d{1,15})$/;
const TAIL = /^(?:Start Time: |Batch File Lines: |Finish Time: |This batch took )/;
const RESULTS = { SUCCESS: "success", FAILURE: "failure", INVALID: "invalid" } as const;

/** Splits `handle: reason` at the server's error, else at the first colon that is followed by a space. */
function readFailure(text: string): Pick<BatchOutcome, "handle" | "message" | "responseCode"> {
  const error = /: Error\((\d{1,9})\)/.exec(text);
  const end = error ? error.index : text.indexOf(": ");
  if (end < 0) return { handle: text };
  return {
    handle: text.slice(0, end),
    message: text.slice(end + 2),
    responseCode: error ? Number(error[1]) : undefined,
  };
}

/** The line of an outcome, with its continuation lines. */
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
 * Parses the log that `hdl-genericbatch` wrote. Lines after a failure continue its message; other lines that are not an
 * outcome are ignored.
 *
 * @param text the content of the log
 * @throws HandleError `invalid_value` that names the line if one begins like an outcome but is malformed
 * @example
 * ```ts
 * const { outcomes, totals } = parseBatchLog(await readFile("batch.log", "utf8"));
 * const failed = outcomes.filter(({ result }) => result !== "success");
 * if (totals === undefined) console.error("the batch was interrupted");
 * ```
 */
export function parseBatchLog(text: string): BatchLog {
  checkText("parseBatchLog", "text", text);
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
      throw invalidValue(
        `Line ${at + 1} of the log begins with ==> but is not an outcome of GenericBatch.`,
        "Use the log of hdl-genericbatch unchanged.",
      );
    } else if (counts || TAIL.test(line)) {
      unfinished = undefined;
      if (counts) totals = { successes: Number(counts[1]), entries: Number(counts[2]) };
    } else if (unfinished && line !== "") {
      unfinished.text += `\n${line}`;
    }
  }
  return { outcomes: entries.map(readOutcome), totals };
}
