/** What a journal needs of a file: a FileHandle of `node:fs/promises` has it. */
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

/** The bytes of a file from one place to another, in pieces. */
export async function* readChunks(file: OpenFile, from: number, to: number): AsyncIterable<Uint8Array> {
  for (let at = from; at < to; ) {
    const bytes = new Uint8Array(Math.min(CHUNK, to - at));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
    if (bytesRead === 0) throw new Error("The file is shorter than it was.");
    yield bytes.subarray(0, bytesRead);
    at += bytesRead;
  }
}

/** The bytes of a file from one place to another, at once. */
export async function readAll(file: OpenFile, from: number, to: number): Promise<Uint8Array> {
  const all = new Uint8Array(to - from);
  let at = 0;
  for await (const bytes of readChunks(file, from, to)) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}

/** Where the line begins that has no end; the size of the file when every line has one. */
export async function findTail(file: OpenFile, size: number): Promise<number> {
  for (let to = size; to > 0; to -= CHUNK) {
    const from = Math.max(0, to - CHUNK);
    const found = (await readAll(file, from, to)).lastIndexOf(LINE_FEED);
    if (found >= 0) return from + found + 1;
  }
  return 0;
}

/** Writes all of the bytes at one place. */
export async function writeAll(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
