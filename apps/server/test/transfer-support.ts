import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  encodeValues,
  type HandleValueInput,
  handleKey,
  isHandleError,
  type StoredValue,
} from "@handlekit/core";
import type { HandleKey, HandleStore } from "@handlekit/core/store";
import { openSqlite } from "@handlekit/store-sqlite";
import { expect } from "vitest";
import { createTransferCommands, type TransferCommands } from "../src/transfer/transfer-commands.ts";

export const PREFIX = "20.500.12345";

/** Records of every kind: hidden, binary, with references, with a ttl that is a time, empty. */
export function everyKind(): Map<HandleKey, readonly StoredValue[]> {
  const time = new Date(1_700_000_000_000);
  const owner = { handle: `0.NA/${PREFIX}`, index: 200, permissions: "011111110011" };
  const admin: HandleValueInput = { index: 100, type: "HS_ADMIN", data: { format: "admin", value: owner } };
  const records: [string, HandleValueInput[]][] = [
    [`0.NA/${PREFIX}`, [admin, { index: 200, type: "HS_VLIST", data: { format: "vlist", value: [owner] } }]],
    ["0.NA/other", [admin]],
    ["other/one", [{ index: 1, type: "URL", data: "https://example.org/other" }]],
    [`${PREFIX}/admin`, [{ index: 300, type: "HS_SECKEY", data: "S3CR3T-key", permissions: "1100" }]],
    [
      `${PREFIX}/binary`,
      [{ index: 1, type: "X", data: { format: "hex", value: "00ff0a" }, permissions: "0000" }],
    ],
    [`${PREFIX}/empty`, []],
    [`${PREFIX}/line\u2028end`, [{ index: 1, type: "T", data: "a\nb\u2028c" }]],
    [
      `${PREFIX}/times`,
      [{ index: 7, type: "T", data: "x", ttl: "2030-01-02T03:04:05Z", references: [owner] }],
    ],
  ];
  return new Map(records.map(([handle, values]) => [handleKey(handle), encodeValues(values, time)]));
}

/** Values as many records have them: 4 values, about 640 bytes. */
export function plainValues(number: number): StoredValue[] {
  return encodeValues(
    [
      { index: 1, type: "URL", data: `https://repository.example.org/objects/${number}` },
      { index: 2, type: "TITLE", data: `Object ${number} `.padEnd(300, "x") },
      { index: 3, type: "CHECKSUM", data: String(number).padStart(64, "0") },
      { index: 100, type: "EMAIL", data: "archive@example.org" },
    ],
    new Date(1_700_000_000_000),
  );
}

/** Makes a data directory with these records. */
export async function makeDirectory(
  directory: string,
  records: ReadonlyMap<string, readonly StoredValue[]> = new Map(),
  prefixes: readonly string[] = [],
): Promise<string> {
  await mkdir(directory, { mode: 0o700 });
  await writeFile(join(directory, "config.json"), "{}", { mode: 0o600 });
  await withStore(directory, async (store) => {
    const commits = [...records].map(([handle, values]) => store.commit(handleKey(handle), "absent", values));
    await Promise.all(commits);
    for (const prefix of prefixes) await store.home(prefix);
  });
  return directory;
}

/** Opens the store of a data directory for a moment. */
export async function withStore<T>(directory: string, use: (store: HandleStore) => Promise<T>): Promise<T> {
  const { store, close } = await openSqlite({ file: join(directory, "store.sqlite") });
  try {
    return await use(store);
  } finally {
    await close();
  }
}

/** Reads all records under some prefixes. */
export async function recordsOf(
  directory: string,
  prefixes: readonly string[] = ["0.NA", PREFIX, "OTHER"],
): Promise<Map<HandleKey, readonly StoredValue[]>> {
  return withStore(directory, async (store) => {
    const found = new Map<HandleKey, readonly StoredValue[]>();
    for (const prefix of prefixes) {
      for (const key of await store.list(prefix, undefined, 100_000)) {
        found.set(key, (await store.read(key))?.values ?? []);
      }
    }
    return found;
  });
}

/** The notes of the imports in the audit of a directory, which has no other entries. */
export function importNotes(directory: string): Promise<(string | undefined)[]> {
  return withStore(directory, async ({ audit }) => {
    const entries = (await audit?.read({ limit: 100 })) ?? [];
    return entries.map(({ entry: { note, ...event } }) => {
      expect(event).toMatchObject({ operation: "import", handle: "", scheme: "command", after: undefined });
      return note;
    });
  });
}

/** The commands, and what they wrote. */
export function createCommands(signal: AbortSignal = new AbortController().signal): {
  readonly commands: TransferCommands;
  readonly printed: string[];
  readonly notes: string[];
  /** What was printed last. */
  result(): Record<string, Record<string, unknown>>;
} {
  const printed: string[] = [];
  const notes: string[] = [];
  const commands = createTransferCommands({
    environment: {},
    print: (text) => void printed.push(text),
    note: (text) => void notes.push(text),
    stopSignal: () => signal,
  });
  return { commands, printed, notes, result: () => JSON.parse(printed.at(-1) ?? "") };
}

/** Returns the message and the hint of a HandleError, which must not contain a secret. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (!isHandleError(error)) throw error;
    const text = `${error.code}: ${error.message} ${error.hint ?? ""}`;
    expect(text).not.toContain("S3CR3T");
    return text;
  }
  throw new Error("Nothing was refused.");
}

export const text = (path: string): Promise<string> => readFile(path, "utf8");

export const IMPORT = { format: "handlekit", onExisting: "refuse" } as const;
export const BATCH = { format: "batch", onExisting: "refuse" } as const;
