import type { Revision, StateEntry, StateStore } from "@handlekit/core/store";

/**
 * A state store in memory: for one process, and lost with it.
 *
 * @example
 * ```ts
 * const service = createHandleService({ store, state: createMemoryState() });
 * ```
 */
export function createMemoryState(): StateStore {
  const entries = new Map<string, StateEntry>();
  const sequences = new Map<string, number>();
  let changes = 0;
  return {
    async get(key) {
      return entries.get(key);
    },
    async put(key, value, expected) {
      if (expected !== "any" && (entries.get(key)?.revision ?? "absent") !== expected) return "conflict";
      entries.set(key, { value, revision: `${++changes}` as Revision });
      return "done";
    },
    async delete(key) {
      entries.delete(key);
    },
    async scan(prefix, after, limit) {
      return [...entries]
        .filter(([key]) => key.startsWith(prefix) && (after === undefined || key > after))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit);
    },
    async next(sequence) {
      const number = (sequences.get(sequence) ?? 0) + 1;
      sequences.set(sequence, number);
      return number;
    },
  };
}
