import { setImmediate } from "node:timers";
import type { HandleKey, Revision } from "@handlekit/core/store";

/** One write that waits for its group. */
export interface Commit {
  readonly key: HandleKey;
  readonly expected: Revision | "absent";
  /** The encoded record; null removes it. */
  readonly record: Uint8Array | null;
}

/** What became of a commit. */
export type CommitOutcome = "done" | "conflict";

/** Commits that are carried out together. */
export interface CommitQueue {
  /** Answers when the commit's group is durable. */
  add(commit: Commit): Promise<CommitOutcome>;
  /** Carries out at once what waits. */
  flush(): void;
}

interface Waiting {
  readonly commit: Commit;
  readonly resolve: (outcome: CommitOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A queue that gives all commits of one turn of the event loop to `carryOut` at once, so that they share one sync to disk.
 *
 * @param carryOut writes a group and gives the outcomes in its order; when it throws, every commit of the group rejects
 */
export function createCommitQueue(
  carryOut: (commits: readonly Commit[]) => readonly CommitOutcome[],
): CommitQueue {
  let waiting: Waiting[] = [];

  function flush(): void {
    const group = waiting;
    if (group.length === 0) return;
    waiting = [];
    try {
      const outcomes = carryOut(group.map(({ commit }) => commit));
      for (const [i, { resolve }] of group.entries()) resolve(outcomes[i] ?? "conflict");
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  return {
    add(commit) {
      return new Promise((resolve, reject) => {
        if (waiting.push({ commit, resolve, reject }) === 1) setImmediate(flush);
      });
    },
    flush,
  };
}
