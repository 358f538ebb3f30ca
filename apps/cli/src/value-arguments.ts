import { readFile } from "node:fs/promises";
import type { NewValue } from "@handlekit/client";
import {
  decodeUtf8,
  encodeBase64,
  type HandleError,
  hasType,
  invalidValue,
  MAX_INDEX,
  printable,
  type ValueData,
} from "@handlekit/core";
import { askSecret, readStdin } from "./terminal.ts";
import { usageError } from "./usage-error.ts";

/** The description of value arguments in the help. */
export const VALUES_HELP =
  "TYPE=DATA or INDEX:TYPE=DATA; TYPE=@FILE or TYPE=- reads the data; @FILE, - or JSON is a record";

/** A value as an argument has it: where its data are. */
interface ValueArgument {
  readonly index?: number | undefined;
  readonly type: string;
  /** Undefined if the data are to be asked for. */
  readonly data: string | undefined;
}

const EXAMPLES = "For example URL=https://example.org/ or, to choose the index, 3:EMAIL=someone@example.org.";
const SECRET_WAYS =
  "Write HS_SECKEY alone to be asked for it, HS_SECKEY=@FILE to read it from a file, or HS_SECKEY=- from standard input.";

function secretInSight(): HandleError {
  return usageError(
    "A secret key (HS_SECKEY) must not be on the command line, which other users of this computer can read.",
    SECRET_WAYS,
  );
}

/**
 * Reads `TYPE=DATA` or `INDEX:TYPE=DATA`, or a type of secret keys alone. The data are everything after the first `=`.
 *
 * @throws HandleError `invalid_value`, which never shows the data
 */
export function parseValueArgument(text: string): ValueArgument {
  const [, digits, type, data] = /^(?:(\d+):)?([^=]+)(?:=(.*))?$/s.exec(text) ?? [];
  if (type === undefined || (data === undefined && !hasType(type, "HS_SECKEY"))) {
    throw invalidValue("A value on the command line is not of the form TYPE=DATA.", EXAMPLES);
  }
  if (digits === undefined) return { type, data };
  const index = Number(digits);
  if (index < 1 || index > MAX_INDEX)
    throw invalidValue(`The index ${digits} is not from 1 to ${MAX_INDEX}.`);
  return { index, type, data };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw usageError(
      `The file ${printable(path)} ${missing ? "does not exist" : "cannot be read"}.`,
      "After =, a @ at the beginning reads a file; write @@ for data that begin with @.",
    );
  }
}

/** Returns bytes as data: text without one line break at its end, or base64 of what is no text. */
function toData(bytes: Uint8Array): string | ValueData {
  const text = decodeUtf8(bytes);
  return text === undefined ? { format: "base64", value: encodeBase64(bytes) } : text.replace(/\r?\n$/, "");
}

async function readData({ index, type, data }: ValueArgument): Promise<string | ValueData> {
  if (data === undefined) {
    const name = index === undefined ? type : `${index}:${type}`;
    return toData((await askSecret(`Secret key for ${printable(name)}`, SECRET_WAYS)).reveal());
  }
  if (data === "-") return toData(await readStdin());
  if (data.startsWith("@@")) return withoutSecret(type, data.slice(1));
  return data.startsWith("@") ? toData(await readBytes(data.slice(1))) : withoutSecret(type, data);
}

function withoutSecret(type: string, data: string): string {
  if (hasType(type, "HS_SECKEY")) throw secretInSight();
  return data;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Returns the values in parsed JSON: a list, an object with a list `values`, or one from type to data; else undefined. */
export function valuesOf(parsed: unknown): readonly NewValue[] | undefined {
  const list = isObject(parsed) && Array.isArray(parsed.values) ? parsed.values : parsed;
  if (isObject(list)) return Object.entries(list).map(([type, data]) => ({ type, data: data as ValueData }));
  if (!Array.isArray(list) || !list.every((value) => isObject(value) && typeof value.type === "string"))
    return undefined;
  return list.map(({ timestamp: _set, ...value }) => value as NewValue);
}

/**
 * Reads the values of a record in JSON: a list, an object with a list `values` as `hdl get --json` writes it, or an object
 * from type to data.
 *
 * @param where for the error, which never shows the text
 * @throws HandleError `invalid_value`
 */
export function parseRecord(text: string, where: string): readonly NewValue[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalidValue(`The record ${where} is not JSON.`);
  }
  const values = valuesOf(parsed);
  if (values !== undefined) return values;
  throw invalidValue(
    `The record ${where} is neither a list of values nor an object.`,
    'For example {"URL":"https://example.org/"} or [{"index":1,"type":"URL","data":"https://example.org/"}].',
  );
}

/**
 * Reads the values of a command line. Only one argument may be `-` or have `-` as its data.
 *
 * @throws HandleError `invalid_value`, `invalid_options`; data are never shown
 */
export async function readValues(args: readonly string[]): Promise<readonly NewValue[]> {
  if (args.filter((arg) => arg === "-" || /^[^={[]+=-$/.test(arg)).length > 1) {
    throw usageError("Standard input can only be read once.", "Read the others from files: TYPE=@FILE.");
  }
  const values: NewValue[] = [];
  for (const arg of args) {
    if (arg.startsWith("{") || arg.startsWith("[")) {
      const record = parseRecord(arg, "on the command line");
      if (record.some(({ type }) => hasType(type, "HS_SECKEY"))) throw secretInSight();
      values.push(...record);
    } else if (arg === "-" || arg.startsWith("@")) {
      const bytes = arg === "-" ? await readStdin() : await readBytes(arg.slice(1));
      const where = arg === "-" ? "on standard input" : `in ${printable(arg.slice(1))}`;
      values.push(...parseRecord(decodeUtf8(bytes) ?? "", where));
    } else {
      const argument = parseValueArgument(arg);
      const { index, type } = argument;
      values.push({ ...(index === undefined ? {} : { index }), type, data: await readData(argument) });
    }
  }
  return values;
}
