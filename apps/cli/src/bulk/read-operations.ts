import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { BulkOperation, NewValue } from "@handlekit/client";
import { type HandleError, invalidValue, MAX_INDEX, printable, quoteForMessage } from "@handlekit/core";
import type { BatchCommand } from "@handlekit/core/batch";
import { usageError } from "../usage-error.ts";
import { valuesOf } from "../value-arguments.ts";

/** The operation of rows that do not name one. */
export type OperationName = "create" | "set" | "unset" | "delete";

/** The formats of files with operations. */
export type Format = "csv" | "jsonl" | "batch";

/** How a file is read. */
export interface ReadingOptions {
  readonly format: Format;
  /** The operation of rows and lines that do not name one. */
  readonly operation?: OperationName | undefined;
  /** Creates replace handles that exist. */
  readonly overwrite?: boolean | undefined;
}

/** One row, whatever its format. */
interface Row {
  readonly operation?: string | undefined;
  readonly handle: string;
  readonly values: readonly NewValue[];
  readonly which: readonly (string | number)[];
  readonly ttl?: number | undefined;
}

/** The longest record of a file, in bytes. */
const MAX_RECORD = 16 * 2 ** 20;

const NAMES: Readonly<Record<string, OperationName>> = {
  create: "create",
  set: "set",
  modify: "set",
  unset: "unset",
  deletevalues: "unset",
  delete: "delete",
};

const refuse = (where: string, why: string, hint?: string): HandleError =>
  invalidValue(`${where}: ${why}.`, hint);

function toOperation(row: Row, where: string, options: ReadingOptions): BulkOperation {
  const named = row.operation ?? options.operation ?? "";
  const operation = NAMES[named.toLowerCase()];
  const { handle, values, which, ttl } = row;
  if (operation === undefined) {
    const why = named === "" ? "it does not say what to do" : `${quoteForMessage(named)} is no operation`;
    throw refuse(
      where,
      why,
      "It is create, set, unset or delete, in the file (operation) or with --operation.",
    );
  }
  if (handle === "") throw refuse(where, "the handle is missing");
  if (operation === "delete") return { kind: "delete", handle };
  if (operation === "unset") {
    if (which.length === 0) throw refuse(where, "the indexes or types to delete (which) are missing");
    return { kind: "deleteValues", handle, which };
  }
  if (values.length === 0) throw refuse(where, "there are no values");
  return operation === "create"
    ? { kind: "create", handle, values, overwrite: options.overwrite }
    : { kind: "modify", handle, values, ttl };
}

const toWhich = (text: string): readonly (string | number)[] =>
  text
    .split(/\s+/)
    .filter((each) => each !== "")
    .map((each) => (/^\d{1,10}$/.test(each) ? Number(each) : each));

/** Reads a column of values, `TYPE` or `INDEX:TYPE`. */
function readColumn(name: string): Pick<NewValue, "index" | "type"> {
  const [, digits, type = ""] = /^(?:(\d{1,10}):)?(.+)$/s.exec(name) ?? [];
  const index = digits === undefined ? undefined : Number(digits);
  if (type !== "" && (index === undefined || (index >= 1 && index <= MAX_INDEX))) {
    return index === undefined ? { type } : { index, type };
  }
  throw refuse("The header", `${quoteForMessage(name)} is not of the form TYPE or INDEX:TYPE`);
}

async function* readCsv(source: NodeJS.ReadableStream): AsyncGenerator<[Row, string]> {
  const { CsvError, parse } = await import("csv-parse");
  const parser = source.pipe(
    parse({
      bom: true,
      skip_empty_lines: true,
      info: true,
      max_record_size: MAX_RECORD,
      relax_column_count: false,
    }),
  );
  source.once("error", (error) => parser.destroy(error));
  let header: readonly string[] | undefined;
  try {
    for await (const read of parser) {
      const { record, info } = read as { record: readonly string[]; info: { lines: number } };
      if (header === undefined) {
        header = record.map((name) => name.trim());
        if (!header.some((name) => name.toLowerCase() === "handle")) {
          throw refuse(
            "The header",
            "there is no column handle",
            "The first line has the names of the columns.",
          );
        }
        for (const name of header) if (!isReserved(name)) readColumn(name);
        continue;
      }
      yield [csvRow(header, record), `line ${info.lines}`];
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw invalidValue(
      `The CSV is malformed at line ${String(error.lines)}: ${CSV_PROBLEMS[error.code] ?? error.code}.`,
    );
  }
}

const CSV_PROBLEMS: Readonly<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: "the line has another number of cells than the header",
  CSV_QUOTE_NOT_CLOSED: "a quote is not closed",
  CSV_INVALID_CLOSING_QUOTE: "a closing quote is not followed by a comma or the end of the line",
  INVALID_OPENING_QUOTE: "there is a quote in the middle of a cell without quotes around it",
  CSV_MAX_RECORD_SIZE: "the line is longer than 16 MiB",
};

const RESERVED = new Set(["handle", "operation", "which", "ttl"]);
const isReserved = (name: string) => RESERVED.has(name.toLowerCase());

function csvRow(header: readonly string[], record: readonly string[]): Row {
  const cell = (name: string) => record[header.findIndex((each) => each.toLowerCase() === name)] ?? "";
  const values = header.flatMap((name, i): NewValue[] => {
    const data = record[i] ?? "";
    return isReserved(name) || data === "" ? [] : [{ ...readColumn(name), data }];
  });
  const ttl = cell("ttl");
  return {
    operation: cell("operation") || undefined,
    handle: cell("handle").trim(),
    values,
    which: toWhich(cell("which")),
    ttl: ttl === "" ? undefined : Number(ttl),
  };
}

async function* readJsonLines(source: NodeJS.ReadableStream): AsyncGenerator<[Row, string]> {
  let number = 0;
  for await (const line of createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY })) {
    const where = `line ${++number}`;
    if (line.trim() === "") continue;
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch {
      throw refuse(where, "it is not JSON");
    }
    const { operation, kind, handle, values, which, ttl } = (parsed ?? {}) as Readonly<
      Record<string, unknown>
    >;
    const named = operation ?? kind;
    if (typeof handle !== "string" || (named !== undefined && typeof named !== "string")) {
      throw refuse(
        where,
        "it is not an object with a handle",
        'For example {"operation":"delete","handle":"20.500.12345/abc"}.',
      );
    }
    const given = which === undefined ? [] : which;
    if (
      !Array.isArray(given) ||
      !given.every((each) => typeof each === "string" || typeof each === "number")
    ) {
      throw refuse(where, "which is not a list of indexes and types");
    }
    const list = values === undefined ? [] : valuesOf(values);
    if (list === undefined) throw refuse(where, "values are neither a list of values nor an object");
    yield [
      {
        operation: named,
        handle,
        values: list,
        which: given,
        ttl: typeof ttl === "number" ? ttl : undefined,
      },
      where,
    ];
  }
}

const BATCH: Readonly<Partial<Record<BatchCommand["command"], OperationName>>> = {
  CREATE: "create",
  ADD: "set",
  MODIFY: "set",
  REMOVE: "unset",
  DELETE: "delete",
};

async function* readBatchFile(source: NodeJS.ReadableStream): AsyncGenerator<[Row, string]> {
  const { readBatch } = await import("@handlekit/core/batch");
  let number = 0;
  for await (const command of readBatch(
    createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY }),
  )) {
    const where = `command ${++number}`;
    const operation = BATCH[command.command];
    if (operation === undefined || !("handle" in command)) {
      throw refuse(
        where,
        `${command.command} is not carried out`,
        "The login comes from the credentials; prefixes are homed on the server. Take the command out of the file.",
      );
    }
    const values = "values" in command ? command.values : [];
    if (values.some(({ data }) => "file" in data)) {
      throw refuse(
        where,
        "values from files are not carried out",
        "Write the data into the batch, or use JSON lines.",
      );
    }
    yield [
      {
        operation,
        handle: command.handle,
        values: values as readonly NewValue[],
        which: "indexes" in command ? command.indexes : [],
      },
      where,
    ];
  }
}

const READERS = { csv: readCsv, jsonl: readJsonLines, batch: readBatchFile };

/**
 * Reads the operations of a file, or of standard input for `-`, one by one.
 *
 * @throws HandleError `invalid_value` that names the line; `invalid_options` if the file cannot be read
 */
export async function* readOperations(path: string, options: ReadingOptions): AsyncGenerator<BulkOperation> {
  const source = path === "-" ? process.stdin : createReadStream(path);
  try {
    for await (const [row, where] of READERS[options.format](source)) yield toOperation(row, where, options);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const problems: Readonly<Record<string, string>> = {
      ENOENT: "does not exist",
      EACCES: "may not be read by this user",
      EISDIR: "is a directory",
    };
    const why = typeof code === "string" ? problems[code] : undefined;
    throw why === undefined ? error : usageError(`The file ${printable(path)} ${why}.`);
  }
}
