import { hasLoneSurrogate } from "../printable.ts";
import type { BatchCommand, CommandName } from "./command.ts";
import { type Line, refuseLine } from "./line.ts";
import { type Head, readCommand } from "./read-command.ts";
import { trim } from "./text.ts";

/** Parses the lines of a batch one by one. Each method returns a command once its last line has been read. */
export interface BatchReader {
  /** Reads the next line, passed without its line end. */
  push(text: string): BatchCommand | undefined;
  /** Ends the input. */
  end(): BatchCommand | undefined;
}

/** The lines after a command: none, one, values up to an empty line, or others up to a blank line. */
const BODIES: Readonly<Record<CommandName, "nothing" | "line" | "values" | "lines">> = {
  CREATE: "values",
  ADD: "values",
  MODIFY: "values",
  REMOVE: "nothing",
  DELETE: "nothing",
  HOME: "lines",
  UNHOME: "lines",
  AUTHENTICATE: "line",
  SESSIONSETUP: "lines",
};

function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(BODIES, word);
}

function readHead(line: Line): Head {
  const space = line.text.indexOf(" ");
  const name = trim(space < 1 ? line.text : line.text.slice(0, space)).toUpperCase();
  if (isCommandName(name)) {
    return { number: line.number, name, text: space < 1 ? "" : trim(line.text.slice(space + 1)) };
  }
  const hint = /^[\uFEFF\0-\x20]/.test(line.text)
    ? "The line begins with white space or a byte order mark, which GenericBatch does not skip. Remove it."
    : `Commands are ${Object.keys(BODIES).join(", ")}; an empty line ends the values of a command.`;
  throw refuseLine(line, "it is not a command", hint);
}

/** Creates a reader of one batch. Its methods throw a HandleError `invalid_value` that names the line. */
export function createBatchReader(): BatchReader {
  let number = 0;
  let head: Head | undefined;
  let body: Line[] = [];

  function finish(): BatchCommand | undefined {
    if (head === undefined) return undefined;
    const command = readCommand(head, body);
    head = undefined;
    body = [];
    return command;
  }

  return {
    push(text) {
      const line = { number: ++number, text };
      if (hasLoneSurrogate(text)) {
        throw refuseLine(line, "it contains a lone surrogate", "Check where the text was cut.");
      }
      if (head === undefined) {
        if (text === "") return undefined;
        head = readHead(line);
        return BODIES[head.name] === "nothing" ? finish() : undefined;
      }
      const kind = BODIES[head.name];
      if (kind === "values" ? text === "" : kind === "lines" && trim(text) === "") return finish();
      body.push(line);
      return kind === "line" ? finish() : undefined;
    },
    end: finish,
  };
}
