import { readFile } from "node:fs/promises";
import type { HandleClient } from "@handlekit/client";
import {
  decodeUtf8,
  encodeValue,
  type HandleKey,
  handleKey,
  isHandleError,
  normalizeHandle,
  parseJson,
  printable,
  type ReadRecord,
  type StoredValue,
} from "@handlekit/core";
import { usageError } from "../usage-error.ts";

/** A record of which not everything could be read. */
export interface Unread {
  readonly handle: string;
  /** A sentence without its subject, which is the handle. */
  readonly why: string;
}

/** Where the records come from that decide. Each is read once. */
export interface RecordSource {
  readonly read: ReadRecord;
  /** The records and values that could not be read so far. */
  unread(): readonly Unread[];
  /** True if values that are not public may be missing from a record. */
  mayHide(handle: string): boolean;
}

/** Values as a store has them. One that cannot be read, such as a secret that was left out, decides nothing. */
function toStored(values: readonly unknown[]): readonly StoredValue[] {
  return values.flatMap((value) => {
    try {
      return [encodeValue(value)];
    } catch (error) {
      if (isHandleError(error)) return [];
      throw error;
    }
  });
}

/**
 * Reads records from a server, with the login if there is one and it may read them, else what is public.
 *
 * @param login whether the client has one
 */
export function serverRecords(client: HandleClient, login: boolean, signal: AbortSignal): RecordSource {
  const records = new Map<HandleKey, Promise<readonly StoredValue[] | undefined>>();
  const problems = new Map<HandleKey, Unread>();
  const publicOnly = new Set<HandleKey>();

  async function fetchValues(handle: string) {
    if (login) {
      try {
        return (await client.read(handle, { authenticated: true, signal })).values;
      } catch (error) {
        if (!isHandleError(error, "permission_denied")) throw error;
      }
    }
    publicOnly.add(handleKey(handle));
    return (await client.read(handle, { signal })).values;
  }

  async function readOnce(handle: string): Promise<readonly StoredValue[] | undefined> {
    try {
      return toStored(await fetchValues(handle));
    } catch (error) {
      if (isHandleError(error, "handle_not_found")) return undefined;
      if (!isHandleError(error) || !["prefix_not_served", "invalid_handle"].includes(error.code)) throw error;
      const why =
        error.code === "invalid_handle"
          ? "is rejected by the server as invalid"
          : `is on another server than ${client.server}`;
      problems.set(handleKey(handle), { handle, why });
      return undefined;
    }
  }

  return {
    read(handle) {
      const key = handleKey(handle);
      const found = records.get(key) ?? readOnce(handle);
      records.set(key, found);
      return found;
    },
    unread: () => [...problems.values()],
    mayHide: (handle) => publicOnly.has(handleKey(handle)),
  };
}

interface FileRecord {
  readonly handle: string;
  readonly values: readonly unknown[];
}

const isRecord = (value: unknown): value is FileRecord =>
  typeof value === "object" &&
  value !== null &&
  "handle" in value &&
  typeof value.handle === "string" &&
  "values" in value &&
  Array.isArray(value.values);

function readJson(text: string, where: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw usageError(
      `${where} is not JSON.`,
      "Records are JSON lines, as hdl get --json writes them, or a JSON list.",
    );
  }
}

/**
 * Parses records: JSON lines, as `hdl get --json` writes them, or one JSON list.
 *
 * @throws HandleError `invalid_options` that names the line, and never shows the text
 */
export function parseRecords(text: string, name: string): RecordSource {
  const items = text.trimStart().startsWith("[")
    ? [readJson(text, name)].flat().map((item, i) => [`Record ${i + 1} of ${name}`, item] as const)
    : text.split("\n").flatMap((line, i) => {
        const where = `Line ${i + 1} of ${name}`;
        return line.trim() === "" ? [] : [[where, readJson(line, where)] as const];
      });
  const records = new Map<HandleKey, readonly StoredValue[]>();
  for (const [where, item] of items) {
    if (!isRecord(item)) throw usageError(`${where} is not a record: it has no handle or no list of values.`);
    records.set(handleKey(normalizeHandle(item.handle)), toStored(item.values));
  }
  const missing = new Map<HandleKey, Unread>();
  return {
    async read(handle) {
      const key = handleKey(handle);
      const found = records.get(key);
      if (found === undefined) missing.set(key, { handle, why: `is not in ${name}` });
      return found;
    },
    unread: () => [...missing.values()],
    mayHide: () => false,
  };
}

/** The longest file of records, in bytes. */
const MAX_RECORDS = 256 * 2 ** 20;

/** Reads records from a file. @throws HandleError `invalid_options` */
export async function fileRecords(path: string): Promise<RecordSource> {
  const name = printable(path);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch {
    throw usageError(`The file of --records, ${name}, cannot be read.`);
  }
  if (bytes.length > MAX_RECORDS) throw usageError(`${name} is longer than 256 MiB.`);
  const text = decodeUtf8(bytes);
  if (text === undefined) throw usageError(`${name} is not UTF-8 text.`);
  return parseRecords(text, name);
}
