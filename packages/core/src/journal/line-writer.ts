import { encodeUtf8 } from "../bytes.ts";
import type { HandleError } from "../error.ts";
import { findTail, type OpenFile, readAll, writeAll } from "./file-bytes.ts";
import { isTornEntry, readEntry } from "./read-entries.ts";

/** Appends lines to a journal. */
export interface LineWriter {
  /** The end of the durable entries, as a position in the file. */
  end(): number;
  /** Resolves once the lines are durable. If it rejects, the file is as before, as far as the disk allows. */
  write(lines: string): Promise<void>;
}

/**
 * Creates a writer that continues a journal. It removes a truncated last entry before the first write, and keeps one
 * that only lacks its line end.
 *
 * @param damaged creates the error for a file whose last line is neither
 */
export async function createLineWriter(file: OpenFile, damaged: () => HandleError): Promise<LineWriter> {
  const { size } = await file.stat();
  // The process that wrote it may have been killed before its sync; entries that are read must be durable.
  await file.datasync();
  let end = await findTail(file, size);
  let before = "";
  let torn = false;
  if (end < size) {
    const tail = await readAll(file, end, size);
    if (readEntry(tail) !== undefined) {
      end = size;
      before = "\n";
    } else if (isTornEntry(tail)) torn = true;
    else throw damaged();
  }
  return {
    end: () => end,
    async write(lines) {
      const bytes = encodeUtf8(before + lines);
      try {
        if (torn) await file.truncate(end);
        torn = false;
        await writeAll(file, bytes, end);
        await file.datasync();
      } catch (error) {
        await file.truncate(end).catch(() => {});
        throw error;
      }
      end += bytes.length;
      before = "";
    },
  };
}
