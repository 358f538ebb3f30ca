import type { BatchCommand, CommandName } from "./command.ts";
import { type Line, refuseLine } from "./line.ts";
import { type Head, readCommand } from "./read-command.ts";
import { hasHalfCharacter, trim } from "./text.ts";

/** A reader that is fed lines and gives a command as soon as it has its last one. */
export interface BatchReader {
  /** Takes the next line, without its end. */
  push(text: string): BatchCommand | undefined;
  /** Says that there are no more lines. */
  end(): BatchCommand | undefined;
}

/** What follows the line of a command: nothing, one line, values up to an empty line, or others up to a blank one. */
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
    ? "The line begins with white space or a byte order mark, which GenericBatch does not pass over."
    : `Commands are ${Object.keys(BODIES).join(", ")}; an empty line ends the values of one.`;
  throw refuseLine(line, "it is not a command", hint);
}

/** A reader for a new batch. Its methods throw HandleError `invalid_value` naming a line. */
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
      if (hasHalfCharacter(text))
        throw refuseLine(line, "it holds half a character", "Check how the text was cut.");
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
