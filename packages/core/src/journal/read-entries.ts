import { concatBytes, decodeUtf8 } from "../bytes.ts";
import type { HandleError } from "../error.ts";
import { decodeEntry, type JournalEntry } from "./entry.ts";

const LINE_FEED = 10;

/** The entry in the bytes of a line; undefined when there is none. */
export function readEntry(bytes: Uint8Array): JournalEntry | undefined {
  const text = decodeUtf8(bytes);
  return text === undefined ? undefined : decodeEntry(text);
}

/**
 * The entries in the bytes of a journal; only one line is held at a time. The last line may lack its end.
 *
 * @param damaged makes the error for a line, numbered from 1, that is not an entry
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

/** True when the bytes after the last line end can be what a crash left of an entry, which begins with its kind. */
export function isTornEntry(bytes: Uint8Array): boolean {
  const begin = '{"kind":';
  // A file system may have given the file its new length and lost what was to be there.
  return bytes[0] === 0 || begin.startsWith(decodeUtf8(bytes.subarray(0, begin.length)) ?? "?");
}
