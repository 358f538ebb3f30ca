import { setImmediate } from "node:timers";

/** A queue whose items are processed in groups. */
export interface GroupQueue<Item, Outcome> {
  /** Resolves to the outcome once the group of the item is durable. */
  add(item: Item): Promise<Outcome>;
  /** Processes the waiting items now. */
  flush(): void;
}

interface Waiting<Item, Outcome> {
  readonly item: Item;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Creates a queue that passes all items of one turn of the event loop to `writeGroup` together, so that they share one
 * sync to disk.
 *
 * @param writeGroup writes a group and returns the outcomes in the same order; when it throws, every item is rejected
 */
export function createGroupQueue<Item, Outcome>(
  writeGroup: (items: readonly Item[]) => readonly Outcome[],
): GroupQueue<Item, Outcome> {
  let waiting: Waiting<Item, Outcome>[] = [];

  function flush(): void {
    const group = waiting;
    if (group.length === 0) return;
    waiting = [];
    try {
      const outcomes = writeGroup(group.map(({ item }) => item));
      for (const [i, { resolve }] of group.entries()) resolve(outcomes[i] as Outcome);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  return {
    add(item) {
      return new Promise((resolve, reject) => {
        if (waiting.push({ item, resolve, reject }) === 1) setImmediate(flush);
      });
    },
    flush,
  };
}
