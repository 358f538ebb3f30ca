import { encodeUtf8 } from "../bytes.ts";
import type { HandleError } from "../error.ts";
import { findTail, type OpenFile, readAll, writeAll } from "./file-bytes.ts";
import { isTornEntry, readEntry } from "./read-entries.ts";

/** Writes lines at the end of a journal. */
export interface LineWriter {
  /** Where what is durable ends. */
  end(): number;
  /** Ends when the lines are durable. When it throws, the file is as before, as far as the disk allows. */
  write(lines: string): Promise<void>;
}

/**
 * A writer that goes on where a journal ends. An entry that a crash cut off is cut off the file before the first write;
 * one that only lacks its line end is kept.
 *
 * @param damaged makes the error for a file whose last line is neither
 */
export async function createLineWriter(file: OpenFile, damaged: () => HandleError): Promise<LineWriter> {
  const { size } = await file.stat();
  // Whoever wrote it may have been killed before the sync, and what is read now is relied upon.
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
