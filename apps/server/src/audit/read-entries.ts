import { type HandleError, isHandleError } from "@handlekit/core";
import type { AuditTrail, ChainedEntry } from "@handlekit/core/store";
import type { Input } from "../transfer/open-input.ts";
import { readLines } from "../transfer/read-lines.ts";
import { parseEntryLine } from "./entry-line.ts";

/** An entry has two whole records, which may be large. */
const PAGE = 100;
const MAX_DAMAGED = 100;

/**
 * Reads the whole audit of a store, in pages.
 *
 * @param damaged called with the number of an entry that cannot be read; it is skipped
 * @throws HandleError if the store fails, or a hundred entries cannot be read; the reason of the signal
 */
export async function* readEntries(
  audit: AuditTrail,
  signal: AbortSignal,
  damaged: (number: number) => void,
): AsyncGenerator<ChainedEntry> {
  const { count: end } = await audit.head();
  let unreadable = 0;
  let limit = PAGE;
  for (let after = 0; after < end; ) {
    signal.throwIfAborted();
    let page: readonly ChainedEntry[];
    try {
      page = await audit.read({ after, limit });
    } catch (error) {
      // Of a page with such an entry the others are read one by one.
      if (limit > 1) {
        limit = 1;
        continue;
      }
      await audit.head();
      if (++unreadable > MAX_DAMAGED) throw error;
      damaged(++after);
      limit = PAGE;
      continue;
    }
    const wanted = page.filter(({ number }) => number <= end);
    yield* wanted;
    if (wanted.length < page.length || page.length === 0) return;
    after = page.at(-1)?.number ?? end;
  }
}

const isDamage = (error: unknown): error is HandleError =>
  isHandleError(error, "invalid_value") || isHandleError(error, "too_large");

/**
 * Reads the entries in a file that was exported.
 *
 * @param damaged called with a place and the reason for what is not an entry; it is skipped
 * @throws HandleError `invalid_options` if the file cannot be read; the reason of the signal
 */
export async function* readEntryFile(
  input: Input,
  signal: AbortSignal,
  damaged: (where: string, reason: string) => void,
): AsyncGenerator<ChainedEntry> {
  let line = 0;
  const lines = readLines(input.read());
  for (;;) {
    signal.throwIfAborted();
    let next: IteratorResult<string>;
    try {
      next = await lines.next();
    } catch (error) {
      if (!isDamage(error)) throw error;
      return damaged("file", `${error.message} Nothing after it was read.`);
    }
    if (next.done) return;
    line++;
    let entry: ChainedEntry;
    try {
      entry = parseEntryLine(next.value);
    } catch (error) {
      if (!isDamage(error)) throw error;
      damaged(`line ${line}`, error.message);
      continue;
    }
    yield entry;
  }
}
