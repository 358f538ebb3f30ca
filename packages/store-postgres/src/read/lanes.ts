import { setImmediate } from "node:timers";
import { createGroupQueue } from "@handlekit/core/store";

/** The queries of one kind that are on their way at once: while these run, reads wait, and share the next one. */
const LANES = 3;

/**
 * Creates a read whose calls at the same time share queries. A query begins after the calls that it answers, so that each
 * call sees what was committed before it.
 *
 * @param readGroup reads what was asked for, in the same order
 */
export function createLanes<Item, Found>(
  readGroup: (items: readonly Item[]) => Promise<readonly Found[]>,
): (item: Item) => Promise<Found> {
  const lanes = Array.from({ length: LANES }, () => createGroupQueue(readGroup, setImmediate));
  let next = 0;
  return (item) => {
    const lane = lanes[next++ % LANES] as (typeof lanes)[number];
    return lane.add(item);
  };
}
