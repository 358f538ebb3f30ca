import { setImmediate as nextTurn } from "node:timers/promises";

/** This many values take some milliseconds to encode or to compare. */
const VALUES_PER_TURN = 1000;

/** Leaves a turn of the event loop to other requests if the values of a record are many. */
export async function yieldAfter(values: readonly unknown[]): Promise<void> {
  if (values.length > VALUES_PER_TURN) await nextTurn();
}

/** Maps a list, and leaves a turn of the event loop to other requests after each thousand items. */
export async function mapInTurns<Item, Result>(
  list: readonly Item[],
  map: (item: Item) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of list) {
    if (results.length > 0 && results.length % VALUES_PER_TURN === 0) await nextTurn();
    results.push(map(item));
  }
  return results;
}
