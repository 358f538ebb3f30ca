import { setImmediate } from "node:timers";

/** Work that is carried out together. */
export interface GroupQueue<Item, Outcome> {
  /** Answers when the item's group is durable. */
  add(item: Item): Promise<Outcome>;
  /** Carries out at once what waits. */
  flush(): void;
}

interface Waiting<Item, Outcome> {
  readonly item: Item;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A queue that gives all items of one turn of the event loop to `carryOut` at once, so that they share one sync to disk.
 *
 * @param carryOut writes a group and gives the outcomes in its order; when it throws, every item of the group rejects
 */
export function createGroupQueue<Item, Outcome>(
  carryOut: (items: readonly Item[]) => readonly Outcome[],
): GroupQueue<Item, Outcome> {
  let waiting: Waiting<Item, Outcome>[] = [];

  function flush(): void {
    const group = waiting;
    if (group.length === 0) return;
    waiting = [];
    try {
      const outcomes = carryOut(group.map(({ item }) => item));
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
