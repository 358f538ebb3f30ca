import { HandleError, handleKey } from "@handlekit/core";
import type { Caller, CallOptions } from "./call.ts";
import { checkCallOptions, readHandle } from "./checks.ts";

/** Options of `listHandles`. */
export interface ListOptions extends CallOptions {
  /** Only handles with a suffix above that of this one. */
  readonly after?: string | undefined;
}

/** Reads the handles after a start, in any order, all of them or a page. */
export type ReadPage = (start: string | undefined) => Promise<readonly string[]>;

/** A million handles at a hundred a page, fewer than any service puts on one. A longer list does not end. */
const MAX_PAGES = 10_000;

/** Returns the number at the end of a handle; undefined for another suffix. */
export function suffixNumber(handle: string): bigint | undefined {
  const digits = /^[^/]+\/(\d{1,30})$/.exec(handle)?.[1];
  return digits === undefined ? undefined : BigInt(digits);
}

/** Returns the handle with the largest number, or the last one when none has a number. */
function furthest(handles: readonly string[]): string | undefined {
  let best: string | undefined;
  let largest = -1n;
  for (const handle of handles) {
    const number = suffixNumber(handle);
    if (number === undefined || number <= largest) continue;
    best = handle;
    largest = number;
  }
  return best ?? handles.at(-1);
}

/**
 * Yields every handle once. The next page begins after the largest number so far, whatever the order within pages; the
 * first page without a new handle is the last one.
 *
 * @throws HandleError `protocol_error` after 10,000 pages, and whatever reading a page throws
 */
export async function* listPages(
  readPage: ReadPage,
  after: string | undefined,
): AsyncGenerator<string, void, undefined> {
  const seen = new Set<string>();
  let start = after;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const fresh: string[] = [];
    for (const handle of await readPage(start)) {
      const key = handleKey(handle);
      if (seen.has(key)) continue;
      seen.add(key);
      fresh.push(handle);
    }
    if (fresh.length === 0) return;
    yield* fresh;
    const next = furthest(start === undefined ? fresh : [start, ...fresh]);
    if (next === start) return;
    start = next;
  }
  throw new HandleError("protocol_error", {
    message: `The list of handles did not end within ${MAX_PAGES} pages.`,
    hint: "Check the address of the service.",
  });
}

/** Lists the owner's handles. Options are checked at once, not at the first handle. */
export function listHandles(
  caller: Caller,
  options: ListOptions = {},
): AsyncGenerator<string, void, undefined> {
  checkCallOptions("listHandles", options, { after: ["string", "undefined"] });
  const { after, signal } = options;
  const readPage: ReadPage = (startHandle) =>
    caller.list({ service: "listHandles", operation: "list the handles", query: { startHandle }, signal });
  return listPages(
    readPage,
    after === undefined ? undefined : readHandle("listHandles", "the option after", after),
  );
}
