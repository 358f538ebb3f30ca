import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import {
  encodeValues,
  foldCase,
  HandleError,
  type HandleKey,
  handleKey,
  hasType,
  invalidValue,
  isHandleError,
  normalizeHandle,
  prefixOf,
  printable,
  type StoredValue,
} from "@handlekit/core";
import { type BatchCommand, type BatchValue, readBatch } from "@handlekit/core/batch";
import { applyWrite, deleteRecord, removeValues } from "./apply-batch.ts";
import { MAX_LINE_BYTES } from "./read-lines.ts";
import type { ImportItem } from "./run-import.ts";

/** The longest file that a value may name. */
const MAX_FILE = 16 * 2 ** 20;
const COMMAND_SIZE = 1000;

/** Reads the data of a value from its file. */
async function readData(folder: string, file: string, { index, type }: BatchValue, line: number) {
  const refuse = (why: string, hint?: string) =>
    invalidValue(`Line ${line}: the file ${printable(file)} of the value at index ${index} ${why}.`, hint);
  const path = resolve(folder, file);
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE) throw refuse(`is longer than ${MAX_FILE} bytes`);
    const data = new Uint8Array(await readFile(path));
    if (hasType(type, "HS_SITE") && data[0] === 0x7b) {
      throw refuse("is JSON, not the bytes of a site", "Create the value over the REST API instead.");
    }
    return data;
  } catch (error) {
    if (isHandleError(error)) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw refuse(`cannot be read (${code})`, "A path is relative to the folder of the batch.");
  }
}

async function toStored(values: readonly BatchValue[], folder: string, line: number): Promise<StoredValue[]> {
  const given = await Promise.all(
    values.map(async (value) => {
      const { data } = value;
      if (!("file" in data)) return { ...value, data };
      const bytes = await readData(folder, data.file, value, line);
      return { ...value, data: { format: "hex" as const, value: Buffer.from(bytes).toString("hex") } };
    }),
  );
  const stored = encodeValues(given);
  const twice = stored.find((value, i) => value.index === stored[i - 1]?.index);
  if (twice) throw invalidValue(`Line ${line}: there are two values with the index ${twice.index}.`);
  return stored;
}

function readHandle(text: string, line: number): string {
  try {
    return normalizeHandle(text);
  } catch (error) {
    if (!isHandleError(error)) throw error;
    throw new HandleError(error.code, { message: `Line ${line}: ${error.message}`, hint: error.hint });
  }
}

/** The place of a command in its batch. */
interface Place {
  readonly line: number;
  readonly folder: string;
}

type Apply = ImportItem["apply"];

/** The key and the work of a command; undefined for commands that need not be carried out. */
function workOf(
  command: BatchCommand,
  { line, folder }: Place,
): { key: HandleKey; apply: Apply } | undefined {
  switch (command.command) {
    case "HOME":
    case "UNHOME": {
      const prefixes = command.prefixHandles.map((handle) =>
        foldCase(handle.slice(prefixOf(handle).length + 1)),
      );
      const isHome = command.command === "HOME";
      return {
        // Not the key of a record, so that it waits only for other commands of its kind.
        key: handleKey("/HOME"),
        async apply({ store, dryRun }) {
          for (const prefix of dryRun ? [] : prefixes)
            await (isHome ? store.home(prefix) : store.unhome(prefix));
          return { outcome: "written" };
        },
      };
    }
    // The commands are carried out with the rights of the server.
    case "AUTHENTICATE":
    case "SESSIONSETUP":
      return undefined;
  }
  const handle = readHandle(command.handle, line);
  const item = { line, handle, key: handleKey(handle) };
  switch (command.command) {
    case "DELETE":
      return { key: item.key, apply: (writing) => deleteRecord(writing, item) };
    case "REMOVE":
      return { key: item.key, apply: (writing) => removeValues(writing, item, command.indexes) };
    default: {
      const { command: name, values } = command;
      return {
        key: item.key,
        apply: async (writing) => applyWrite(writing, item, name, await toStored(values, folder, line)),
      };
    }
  }
}

/** A batch that is read for an import. */
export interface BatchInput {
  readonly items: AsyncIterable<ImportItem>;
  /** Returns the number of commands that were ignored, because they only log in. */
  passedOver(): number;
}

/**
 * Reads the commands of a batch as items of an import.
 *
 * @param folder to which the paths in it are relative
 */
export function readBatchInput(lines: AsyncIterable<string>, folder: string): BatchInput {
  const hash = createHash("sha256");
  let line = 0;
  let size = 0;
  let passed = 0;
  let first = 0;
  async function* numbered(): AsyncGenerator<string> {
    for await (const text of lines) {
      line++;
      if (first === 0 && text.trim() !== "") first = line;
      size += text.length;
      if (size > MAX_LINE_BYTES) {
        throw new HandleError("too_large", {
          message: `The command at line ${first} of the batch is longer than ${MAX_LINE_BYTES}.`,
          hint: "Check that an empty line ends its values.",
        });
      }
      hash.update(text).update("\n");
      yield text;
    }
  }
  async function* items(): AsyncGenerator<ImportItem> {
    for await (const command of readBatch(numbered())) {
      const work = workOf(command, { line: first, folder });
      first = 0;
      if (work === undefined) passed++;
      else yield { ...work, size: COMMAND_SIZE + size, digest: hash.copy().digest("hex") };
      size = 0;
    }
  }
  return { items: items(), passedOver: () => passed };
}

/**
 * Reads a whole batch without carrying it out, so that a mistake in its last line is found before anything is written.
 *
 * @param onCommand called with the number of commands so far
 * @returns the number of commands
 */
export async function countCommands(
  lines: AsyncIterable<string>,
  folder: string,
  signal: AbortSignal,
  onCommand: (commands: number) => void,
): Promise<number> {
  let commands = 0;
  for await (const _ of readBatchInput(lines, folder).items) {
    signal.throwIfAborted();
    onCommand(++commands);
  }
  return commands;
}
