import { concatBytes, decodeUtf8 } from "../bytes.ts";
import type { HandleError } from "../error.ts";
import { decodeEntry, type JournalEntry } from "./entry.ts";

const LINE_FEED = 10;

/** Returns the entry in the bytes of a line, or undefined if they are not an entry. */
export function readEntry(bytes: Uint8Array): JournalEntry | undefined {
  const text = decodeUtf8(bytes);
  return text === undefined ? undefined : decodeEntry(text);
}

/**
 * Reads the entries of a journal, one line at a time. The last line may lack its line end.
 *
 * @param damaged creates the error for a line that is not an entry; lines are numbered from 1
 */
export async function* readEntries(
  chunks: AsyncIterable<Uint8Array>,
  damaged: (line: number) => HandleError,
): AsyncIterable<JournalEntry> {
  let number = 0;
  let pieces: Uint8Array[] = [];
  const finish = (): JournalEntry => {
    number++;
    const entry = readEntry(concatBytes(...pieces));
    pieces = [];
    if (entry === undefined) throw damaged(number);
    return entry;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      pieces.push(chunk.subarray(start, end));
      start = end + 1;
      yield finish();
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
  if (pieces.length > 0) yield finish();
}

/** Returns true if the bytes after the last line end can be a truncated entry. Entries begin with their kind. */
export function isTornEntry(bytes: Uint8Array): boolean {
  const begin = '{"kind":';
  // After a crash, some file systems keep the new length of a file without its content.
  return bytes[0] === 0 || begin.startsWith(decodeUtf8(bytes.subarray(0, begin.length)) ?? "?");
}
