import type { OpenedStore } from "@handlekit/core/store";

/** The counters of a store since it was opened. */
export interface SqliteStatistics {
  /** The records that were asked for. */
  readonly reads: number;
  /** Those among them that were in memory. */
  readonly cacheHits: number;
  /** About the memory of the records that are kept, in bytes. */
  readonly cacheBytes: number;
  /** The groups of writes: one transaction and one sync to disk each. */
  readonly groups: number;
  /** The writes in these groups, of records, state, prefixes and audit. */
  readonly writes: number;
  /** The groups that failed, so that nothing of them was written. */
  readonly failedGroups: number;
  /** The time that the groups took, those that failed too, in milliseconds. */
  readonly writeMilliseconds: number;
}

/** An open store that counts. */
export interface OpenedSqlite extends OpenedStore {
  /** Returns what the store has done since it was opened. */
  statistics(): SqliteStatistics;
}

/** The counters that the parts of a store add to. */
export type Counts = { -readonly [name in Exclude<keyof SqliteStatistics, "cacheBytes">]: number };

/** Creates counters of which each is 0. */
export function createCounts(): Counts {
  return { reads: 0, cacheHits: 0, groups: 0, writes: 0, failedGroups: 0, writeMilliseconds: 0 };
}
