import { checkArgument } from "./check.ts";

/** A queue whose items are written in groups. */
export interface GroupQueue<Item, Outcome> {
  /** Resolves to the outcome of the item once its group has been written. Rejects if writing the group failed. */
  add(item: Item): Promise<Outcome>;
  /** Resolves once every item that was added has been written or rejected. */
  idle(): Promise<void>;
}

interface Waiting<Item, Outcome> {
  readonly item: Item;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Creates a queue that passes to `write`, in one call at a time, all items that were added since the last call, so that
 * they share one sync to disk.
 *
 * @param write writes a group and returns the outcomes in the same order; if it throws, every item of the group is
 *   rejected
 * @param defer calls its argument later; all items that are added until then are in the first group. Default in a
 *   microtask; `setImmediate` collects the items of one turn of the event loop
 * @example
 * ```ts
 * const queue = createGroupQueue((commits: readonly Commit[]) => writeInOneTransaction(commits), setImmediate);
 * const outcome = await queue.add(commit);
 * ```
 */
export function createGroupQueue<Item, Outcome>(
  write: (items: readonly Item[]) => readonly Outcome[] | Promise<readonly Outcome[]>,
  defer: (run: () => void) => void = queueMicrotask,
): GroupQueue<Item, Outcome> {
  checkArgument("createGroupQueue", "write", write, ["function"]);
  checkArgument("createGroupQueue", "defer", defer, ["function"]);
  let waiting: Waiting<Item, Outcome>[] = [];
  let running: Promise<void> | undefined;

  async function writeGroup(group: readonly Waiting<Item, Outcome>[]): Promise<void> {
    try {
      const outcomes = await write(group.map(({ item }) => item));
      for (const [i, { resolve }] of group.entries()) resolve(outcomes[i] as Outcome);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  async function run(): Promise<void> {
    await new Promise<void>(defer);
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await writeGroup(group);
    }
    running = undefined;
  }

  return {
    add(item) {
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        running ??= run();
      });
    },
    idle: () => running ?? Promise.resolve(),
  };
}
