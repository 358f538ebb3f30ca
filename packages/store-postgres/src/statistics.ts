import type { OpenedStore } from "@handlekit/core/store";

/** The counters of a store since it was opened, and its connections. */
export interface PostgresStatistics {
  /** The records that were asked for. */
  readonly reads: number;
  /** Those among them that were in memory. */
  readonly cacheHits: number;
  /** About the memory of the records that are kept, in bytes. */
  readonly cacheBytes: number;
  /** The groups of writes: one transaction each. */
  readonly groups: number;
  /** The writes in these groups, of records, state, prefixes and audit. */
  readonly writes: number;
  /** The groups that failed. */
  readonly failedGroups: number;
  /** The time that the groups took, those that failed too, in milliseconds. Several may be on their way at once. */
  readonly writeMilliseconds: number;
  /** The connections at this moment. */
  readonly connections: PostgresConnections;
}

/** The connections of a store. */
export interface PostgresConnections {
  readonly open: number;
  /** Those among them that run a statement or a transaction. */
  readonly inUse: number;
  /** The statements and transactions that wait for a connection. */
  readonly waiting: number;
}

/** An open store that counts. */
export interface OpenedPostgres extends OpenedStore {
  /** Returns what the store has done since it was opened. */
  statistics(): PostgresStatistics;
}

/** The counters of writes. */
export type WriteCounts = {
  -readonly [name in "groups" | "writes" | "failedGroups" | "writeMilliseconds"]: PostgresStatistics[name];
};
