import { HandleError, type HandleKey } from "@handlekit/core";
import {
  decodeRecord,
  encodeRecord,
  type HandleStore,
  matchesQuery,
  type OpenedStore,
  type RecordValues,
  type Revision,
  type StateEntry,
  type StateStore,
  type StoredRecord,
} from "@handlekit/core/store";
import { createMemoryAudit } from "./memory-audit.ts";

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

function assertOpen(closed: boolean): void {
  if (closed) throw new HandleError("store_failed", { message: "The store is closed." });
}

/** Returns a copy of values that nobody can change, except for the bytes of their data. */
function copyOf(values: RecordValues): RecordValues {
  return Object.freeze(decodeRecord(encodeRecord(values)).map((value) => Object.freeze(value)));
}

function createMemoryStore(): HandleStore {
  const records = new Map<HandleKey, StoredRecord>();
  const homed = new Set<string>();
  let changes = 0;
  let closed = false;
  const audit = createMemoryAudit(() => assertOpen(closed));
  const keysAfter = (after: HandleKey | undefined, wanted: (key: HandleKey) => boolean) =>
    [...records.keys()]
      .filter((key) => wanted(key) && (after === undefined || byBytes(key, after) > 0))
      .sort(byBytes);
  return {
    async read(key) {
      assertOpen(closed);
      return records.get(key);
    },
    async commit(key, expected, next, entry) {
      assertOpen(closed);
      if ((records.get(key)?.revision ?? "absent") !== expected) return "conflict";
      if (next === null) records.delete(key);
      else records.set(key, { values: copyOf(next), revision: `${++changes}` as Revision });
      if (entry !== undefined) audit.append(entry, key);
      return "done";
    },
    async list(prefix, after, limit) {
      assertOpen(closed);
      return keysAfter(after, (key) => key.startsWith(`${prefix}/`)).slice(0, limit);
    },
    async find(query) {
      assertOpen(closed);
      const { prefix, after, limit } = query;
      const fitting = keysAfter(after, (key) => {
        if (prefix !== undefined && !key.startsWith(`${prefix}/`)) return false;
        return records.get(key)?.values.some((value) => matchesQuery(value, query)) === true;
      });
      return fitting.slice(0, limit);
    },
    async prefixes() {
      assertOpen(closed);
      return [...homed].sort(byBytes);
    },
    async home(prefix) {
      assertOpen(closed);
      homed.add(prefix);
    },
    async unhome(prefix) {
      assertOpen(closed);
      homed.delete(prefix);
    },
    async close() {
      closed = true;
    },
    audit: audit.trail,
  };
}

function createMemoryState(): StateStore {
  const entries = new Map<string, StateEntry>();
  const sequences = new Map<string, number>();
  let changes = 0;
  let closed = false;
  return {
    async get(key) {
      assertOpen(closed);
      return entries.get(key);
    },
    async put(key, value, expected) {
      assertOpen(closed);
      if (expected !== "any" && (entries.get(key)?.revision ?? "absent") !== expected) return "conflict";
      entries.set(key, { value, revision: `${++changes}` as Revision });
      return "done";
    },
    async delete(key) {
      assertOpen(closed);
      entries.delete(key);
    },
    async scan(prefix, after, limit) {
      assertOpen(closed);
      return [...entries]
        .filter(([key]) => key.startsWith(prefix) && (after === undefined || key > after))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit);
    },
    async next(sequence) {
      assertOpen(closed);
      const number = (sequences.get(sequence) ?? 0) + 1;
      sequences.set(sequence, number);
      return number;
    },
    async close() {
      closed = true;
    },
  };
}

/**
 * Opens a store in memory, for tests and trials. Its data are lost when the process ends. Its audit keeps the newest 10,000
 * entries at least.
 *
 * @example
 * ```ts
 * const { store, state } = openMemory();
 * const service = createHandleService({ store, state });
 * ```
 */
export function openMemory(): OpenedStore {
  const [store, state] = [createMemoryStore(), createMemoryState()];
  return {
    store,
    state,
    async close() {
      await state.close?.();
      await store.close();
    },
  };
}
