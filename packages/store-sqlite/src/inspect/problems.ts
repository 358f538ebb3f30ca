/** A problem that a check of a store has found. */
export interface SqliteProblem {
  /** Such as `record "20.500.12345/ABC"`, `audit entry 7`, `state "session/x"` or `file`. */
  readonly where: string;
  readonly reason: string;
}

/** Collects problems. */
export interface Problems {
  add(where: string, reason: string): void;
  /** Returns how many there were. */
  count(): number;
  /** Returns the first of them. */
  list(): readonly SqliteProblem[];
}

const MAX_LISTED = 1000;

/** Creates an empty collection, of which the first thousand are kept. */
export function createProblems(): Problems {
  const listed: SqliteProblem[] = [];
  let count = 0;
  return {
    add(where, reason) {
      if (count++ < MAX_LISTED) listed.push({ where, reason });
    },
    count: () => count,
    list: () => listed,
  };
}
