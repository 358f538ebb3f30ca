import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** One request and what the service answers to it. */
export interface ArdcCase {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly rawQuery: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly response: { readonly status: number; readonly contentType: string; readonly body: string };
}

/** The files of recordings/, without `.json`. */
export const FILES = [
  "mint",
  "addValue",
  "addValueByIndex",
  "modifyValueByIndex",
  "deleteValueByIndex",
  "getHandle",
  "getOwnerHandle",
  "listHandles",
  "failures",
  "awkward",
  "admin",
] as const;

/** Its App Id must be registered for the caller's address, which would let wrong secrets pass elsewhere. */
export const BY_ADDRESS = "mint URL, registered IP, no secret";

/** The path of a file of recordings/. */
export function recordingPath(name: string): string {
  return fileURLToPath(new URL(`recordings/${name}`, import.meta.url));
}

/** The cases of one file. */
export async function readCases(file: string): Promise<readonly ArdcCase[]> {
  const text = await readFile(recordingPath(`${file}.json`), "utf8");
  return (JSON.parse(text) as { readonly cases: readonly ArdcCase[] }).cases;
}
