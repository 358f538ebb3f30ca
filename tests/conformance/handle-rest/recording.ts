import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { fromCurl } from "./curl.ts";

/** Header lines in the order they were sent. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];

/** A request, its target and header values byte for byte. */
export interface RecordedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderLines;
  readonly body: string;
}

/** An answer; Date and Content-Length are not recorded. */
export interface RecordedResponse {
  readonly status: number;
  readonly headers: HeaderLines;
  readonly body: string;
}

/** A request and its answer. */
export interface Step {
  readonly request: RecordedRequest;
  readonly response: RecordedResponse;
}

/** An entry of a recording file, as it stands there. */
export interface RecordedEntry extends Step {
  readonly n: number;
  readonly name: string;
  readonly scheme: "http" | "https";
  readonly notes?: readonly string[];
}

/** What is replayed: one step, or several on one connection. */
export interface Exchange {
  readonly n: number;
  readonly name: string;
  readonly scheme: "http" | "https";
  /** A file of recordings/client-certificates that the client was set up with. */
  readonly certificate?: string;
  readonly steps: readonly Step[];
}

/** One recording file. */
export interface Recording {
  /** Such as `01-resolve`. */
  readonly file: string;
  readonly exchanges: readonly Exchange[];
}

/** What seed.json holds beside what the server reads from it. */
export interface Seed {
  readonly records: Readonly<Record<string, readonly SeedValue[]>>;
  /** By file: handles that were created before its first exchange. */
  readonly setup: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>;
}

/** A handle value of seed.json. */
export interface SeedValue {
  readonly index: number;
  readonly type: string;
  readonly data: { readonly format: string; readonly value: unknown };
}

/** The order they were recorded in, on one store; a list of one file may hold handles of an earlier one. */
export const FILES = [
  "02-create-modify-delete",
  "03-value-formats",
  "01-resolve",
  "04-list-and-prefixes",
  "05-auth-sessions",
  "06-permissions",
  "07-client-certificates",
  "09-proxy",
] as const;

const FROM_CURL = "07-client-certificates";

/** The path of a file of recordings/. */
export function recordingPath(name: string): string {
  return fileURLToPath(new URL(`recordings/${name}`, import.meta.url));
}

/** Reads the records the recorded server began with. */
export async function readSeed(): Promise<Seed> {
  return JSON.parse(await readFile(recordingPath("seed.json"), "utf8")) as Seed;
}

/** Reads one recording. */
export async function readRecording(file: string): Promise<Recording> {
  const text = await readFile(recordingPath(`${file}.json`), "utf8");
  const { exchanges } = JSON.parse(text) as { readonly exchanges: readonly RecordedEntry[] };
  return {
    file,
    exchanges: exchanges.map((entry) =>
      file === FROM_CURL
        ? fromCurl(entry)
        : { n: entry.n, name: entry.name, scheme: entry.scheme, steps: [entry] },
    ),
  };
}
