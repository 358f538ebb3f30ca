/** Texts that are written together. */
export interface GroupQueue {
  /** Ends when the text is written; what `write` threw rejects it and all later ones. */
  add(text: string): Promise<void>;
  /** Ends when nothing waits any more. */
  idle(): Promise<void>;
}

interface Waiting {
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A queue that hands to `write`, one call at a time, all that was added meanwhile.
 *
 * @param write writes a group durably; it is not called again once it has thrown
 */
export function createGroupQueue(write: (group: string) => Promise<void>): GroupQueue {
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;

  async function writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      if (failure) throw failure.error;
      await write(group.map(({ text }) => text).join(""));
      for (const { resolve } of group) resolve();
    } catch (error) {
      failure = { error };
      for (const { reject } of group) reject(error);
    }
  }

  async function run(): Promise<void> {
    // What is added in the same turn goes with the first group.
    await undefined;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await writeGroup(group);
    }
    running = undefined;
  }

  return {
    add(text) {
      return new Promise((resolve, reject) => {
        waiting.push({ text, resolve, reject });
        running ??= run();
      });
    },
    idle: () => running ?? Promise.resolve(),
  };
}
