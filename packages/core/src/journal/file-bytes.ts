import { concatBytes } from "../bytes.ts";

/** The members of a `FileHandle` of `node:fs/promises` that a journal uses. */
export interface OpenFile {
  stat(): Promise<{ readonly size: number }>;
  read(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  truncate(length: number): Promise<void>;
  datasync(): Promise<void>;
}

const CHUNK = 65_536;
const LINE_FEED = 10;

/** Returns the code of a system error, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** Reads the bytes of a file from one position to another, in chunks. */
export async function* readChunks(file: OpenFile, from: number, to: number): AsyncIterable<Uint8Array> {
  for (let at = from; at < to; ) {
    const bytes = new Uint8Array(Math.min(CHUNK, to - at));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
    if (bytesRead === 0) throw new Error("The file is shorter than it was.");
    yield bytes.subarray(0, bytesRead);
    at += bytesRead;
  }
}

/** Reads all bytes of a file from one position to another. */
export async function readAll(file: OpenFile, from: number, to: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const bytes of readChunks(file, from, to)) chunks.push(bytes);
  return concatBytes(...chunks);
}

/** Resolves to the position after the last line feed: the start of a truncated last line, or the size of the file. */
export async function findTail(file: OpenFile, size: number): Promise<number> {
  for (let to = size; to > 0; to -= CHUNK) {
    const from = Math.max(0, to - CHUNK);
    const found = (await readAll(file, from, to)).lastIndexOf(LINE_FEED);
    if (found >= 0) return from + found + 1;
  }
  return 0;
}

/** Writes all bytes at a position, in as many calls as the system needs. */
export async function writeAll(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
