import { HandleError, handleKey } from "@handlekit/core";

/** Gives the handles after a start, in whatever order, all of them or a page. */
export type ReadPage = (start: string | undefined) => Promise<readonly string[]>;

/** A million handles at the hundred a page that no service gives; a list that goes on is no list. */
const MOST_PAGES = 10_000;

/** The number at the end of a handle; undefined for another suffix. */
export function suffixNumber(handle: string): bigint | undefined {
  const digits = /^[^/]+\/(\d{1,30})$/.exec(handle)?.[1];
  return digits === undefined ? undefined : BigInt(digits);
}

/** The handle with the largest number; the last one when none has a number. */
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
 * Every handle once. The next page begins after the largest number so far, whatever the order within pages; it ends
 * with a page that has nothing new.
 *
 * @throws HandleError `protocol_error` after 10,000 pages, and whatever reading a page throws
 */
export async function* listPages(
  readPage: ReadPage,
  after: string | undefined,
): AsyncGenerator<string, void, undefined> {
  const seen = new Set<string>();
  let start = after;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
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
    message: `The list of handles did not end within ${MOST_PAGES} pages.`,
    hint: "Check the address of the service.",
  });
}
