import { MAX_INDEX, type ValueReference } from "../reference.ts";
import type { BatchData, BatchValue } from "./command.ts";
import { type Line, refuseLine } from "./line.ts";
import { readNumber, trim } from "./text.ts";

const VALUE = /^ *([^ ]+) +([^ ]+) +([^ ]+) +([^ ]+) +([^ ]+)(.*)$/s;
const COMMAND = /^(?:CREATE|ADD|MODIFY|REMOVE|DELETE|HOME|UNHOME|AUTHENTICATE) |^SESSIONSETUP$/i;
const FORM = "A value is: index type ttl permissions UTF8|ADMIN|LIST|FILE data.";
const NO_EMPTY_LINE =
  "If it is the next command, add an empty line before it to end the values; PYHANDLE does not write one.";

/** Returns permissions as GenericBatch reads them: any character other than 1 is 0. */
function binaryDigits(text: string): string {
  return text.replace(/[^1]/g, "0");
}

/** Parses `index:permissions:handle`. The permissions are in reverse order: add handle first. */
function readAdmin(text: string, line: Line): BatchData {
  const [, first = "", digits = "", rest = ""] = /^([^:]*):([^:]*):(.*)$/s.exec(text) ?? [];
  const index = readNumber(first, 0);
  const permissions = trim(digits);
  const handle = trim(rest);
  if (index === undefined || handle === "" || permissions.length !== 12) {
    throw refuseLine(
      line,
      "the data are not those of an HS_ADMIN value",
      "Write ADMIN index:permissions:handle, the permissions as twelve binary digits, add handle first.",
    );
  }
  const reversed = binaryDigits(permissions).split("").reverse().join("");
  return { format: "admin", value: { handle, index, permissions: reversed } };
}

function readReference(text: string): ValueReference | undefined {
  const colon = text.indexOf(":");
  const index = readNumber(text.slice(0, Math.max(colon, 0)), 0);
  const handle = trim(text.slice(colon + 1));
  return index === undefined || handle === "" ? undefined : { handle, index };
}

/** Parses `index:handle;index:handle;`. */
function readList(text: string, line: Line): BatchData {
  const pieces = trim(text)
    .split(";")
    .filter((piece) => piece !== "");
  const value = pieces.flatMap((piece) => readReference(piece) ?? []);
  if (value.length === 0 || value.length < pieces.length) {
    throw refuseLine(
      line,
      "the data are not a list of references",
      "Write LIST index:handle;index:handle; with at least one reference.",
    );
  }
  return { format: "vlist", value };
}

function readData(format: string, rest: string, line: Line): BatchData {
  switch (format.toUpperCase()) {
    case "UTF8":
      if (rest === "")
        throw refuseLine(line, "there are no data", "For empty data, write one space after UTF8.");
      return { format: "string", value: trim(rest) };
    case "ADMIN":
      return readAdmin(rest, line);
    case "LIST":
      return readList(rest, line);
    case "FILE": {
      const file = trim(rest);
      if (file === "") throw refuseLine(line, "there is no path after FILE", FORM);
      return { file };
    }
    default:
      throw refuseLine(line, "the fifth word is not UTF8, ADMIN, LIST or FILE", FORM);
  }
}

/**
 * Parses a line with a value, `index type ttl permissions FORMAT data`.
 *
 * @throws HandleError `invalid_value` that names the line
 */
export function readValue(line: Line): BatchValue {
  if (trim(line.text) === "") {
    throw refuseLine(
      line,
      "it contains only white space, which does not end the values",
      "Remove the white space.",
    );
  }
  const hint = COMMAND.test(line.text) ? NO_EMPTY_LINE : FORM;
  const words = VALUE.exec(line.text);
  if (!words) throw refuseLine(line, "it is not a value", hint);
  const [, first = "", second = "", third = "", fourth = "", format = "", rest = ""] = words;
  const index = readNumber(first, 1);
  const type = trim(second);
  const ttl = readNumber(third, -MAX_INDEX - 1);
  const permissions = trim(fourth);
  if (index === undefined) throw refuseLine(line, `the index is not an integer from 1 to ${MAX_INDEX}`, hint);
  if (type === "") throw refuseLine(line, "the type is empty", hint);
  if (ttl === undefined) throw refuseLine(line, "the ttl is not a number of seconds", hint);
  if (permissions.length < 4) {
    throw refuseLine(
      line,
      "the permissions are not four binary digits",
      "Admin read, admin write, public read, public write.",
    );
  }
  // GenericBatch reads only the first four characters.
  const digits = binaryDigits(permissions.slice(0, 4));
  return { index, type, data: readData(trim(format), rest, line), ttl, permissions: digits };
}
