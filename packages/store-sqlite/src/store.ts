import {
  HandleError,
  hasLoneSurrogate,
  isHandleError,
  quoteForMessage,
  RESPONSE_CODES,
} from "@handlekit/core";
import {
  type AuditEntry,
  type AuditTrail,
  decodeRecord,
  encodeRecord,
  type HandleKey,
  type HandleStore,
  type HotRecords,
  type RecordValues,
  type Revision,
  type SizedRecord,
  type ValueQuery,
} from "@handlekit/core/store";
import { storeFailure } from "./failure.ts";
import { createLargeRecords, textOf } from "./large-records.ts";
import type { Backend } from "./open-backend.ts";
import { REMOVED_AT_ONCE } from "./write/audit-table.ts";
import type { Write, WriteOutcome } from "./write/writer.ts";

const MAX_FIND_MS = 10_000;
/** With more new records than this that are not in the search index yet, nothing is searched. */
const MAX_UNINDEXED = 100_000;
/** Fewer new records are read by each search. */
const FEW_UNINDEXED = 500;

/** The members that store and state have in common: the check before each call, and closing. */
export interface Part {
  assertOpen(): void;
  /** Runs `work`; its errors become `store_failed`: the store could not `what`, of the key or prefix `of`. */
  attempt<T>(what: string, work: () => T, of?: string): T;
  close(): Promise<void>;
}

/** Waits for work in a thread; its errors become `store_failed`. */
export async function waitFor<T>(file: string, what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isHandleError(error) ? error : storeFailure(file, what, error);
  }
}

/** Creates the audit of an open file. */
function createAudit({ audit, write }: Backend, file: string, { assertOpen, attempt }: Part): AuditTrail {
  const change = (what: Write): Promise<WriteOutcome> => {
    assertOpen();
    return waitFor(file, "write its audit", write(what));
  };
  return {
    async read({ after = 0, limit }) {
      return attempt("read its audit", () => audit.read(after, limit));
    },
    async history({ key, before = Number.POSITIVE_INFINITY, limit }) {
      return attempt("read the audit of", () => audit.history(key, before, limit), key);
    },
    async head() {
      return attempt("read its audit", () => audit.head());
    },
    async add(entry) {
      await change({ kind: "audit", entry: textOf(entry) });
    },
    async removeBefore(time) {
      const removed = Number(await change({ kind: "removeAudit", before: time.getTime() }));
      return { removed, more: removed === REMOVED_AT_ONCE };
    },
  };
}

/** Creates the records of an open file, with the hot ones in memory. */
export function createStore(backend: Backend, file: string, hot: HotRecords, part: Part): HandleStore {
  const { assertOpen, attempt, close } = part;
  const { records, counts } = backend;
  const large = createLargeRecords();

  function readCold(key: HandleKey): SizedRecord | undefined {
    const read = attempt("read", () => records.read(key), key);
    if (read === undefined) return undefined;
    large.decoded(read);
    hot.add(key, read);
    return read;
  }

  async function commit(
    key: HandleKey,
    expected: Revision | "absent",
    values: RecordValues | null,
    entry: AuditEntry | undefined,
  ) {
    const record = values && encodeRecord(values);
    const audit = entry && large.entryOf(entry, expected, { values, size: record?.length ?? 0 });
    try {
      const write = backend.write({ kind: "commit", key, expected, record, audit });
      const outcome = await waitFor(file, "write", write);
      if (outcome === "conflict") return outcome;
      hot.replace(key, () => {
        if (record === null) return undefined;
        const revision = String(outcome) as Revision;
        const read = { record: { values: decodeRecord(record), revision }, bytes: record.length };
        large.decoded(read);
        return read;
      });
      return "done";
    } catch (error) {
      hot.replace(key, () => undefined);
      throw error;
    }
  }

  /** Brings the new records into the search index, which has to be done anyway, and then once. */
  async function completeIndex(): Promise<void> {
    for (let added = 0; added < MAX_UNINDEXED; added += FEW_UNINDEXED) {
      const unindexed = await waitFor(file, "search", backend.extendIndex(FEW_UNINDEXED));
      if (unindexed < FEW_UNINDEXED) return;
      if (unindexed > MAX_UNINDEXED) {
        throw new HandleError("server_busy", {
          message: "The search index is being built; nothing can be searched until it is complete.",
          hint: "Try again later; the server's log shows the progress.",
          responseCode: RESPONSE_CODES.serverTooBusy,
          retryable: true,
        });
      }
    }
  }

  async function find(query: ValueQuery): Promise<HandleKey[]> {
    const keys: HandleKey[] = [];
    const deadline = performance.now() + MAX_FIND_MS;
    await completeIndex();
    let { after } = query;
    let inOrder: boolean | undefined;
    for (;;) {
      const rest = { ...query, after, limit: query.limit - keys.length, inOrder };
      const step = await waitFor(file, "search", backend.find(rest));
      keys.push(...step.keys);
      if (step.after === undefined) return keys;
      if (performance.now() > deadline) {
        throw new HandleError("server_busy", {
          message: `The search was ended after ${MAX_FIND_MS / 1000} seconds.`,
          hint: "Search for data by their beginning, or within one prefix.",
          responseCode: RESPONSE_CODES.serverTooBusy,
        });
      }
      ({ after, inOrder } = step);
    }
  }

  return {
    async read(key) {
      assertOpen();
      counts.reads++;
      const held = hot.get(key);
      if (held === undefined) return readCold(key)?.record;
      counts.cacheHits++;
      return held;
    },
    async commit(key, expected, next, audit) {
      assertOpen();
      if (hasLoneSurrogate(key)) {
        throw new HandleError("invalid_handle", {
          message: `${quoteForMessage(key)} cannot be a key: it contains a lone surrogate.`,
          hint: "Check where the handle was cut.",
        });
      }
      return commit(key, expected, next, audit);
    },
    async list(prefix, after, limit) {
      return attempt("list", () => records.list(prefix, after, limit), prefix);
    },
    async prefixes() {
      return attempt("read its prefixes", () => records.prefixes());
    },
    async home(prefix) {
      assertOpen();
      await waitFor(file, `home ${quoteForMessage(prefix)}`, backend.write({ kind: "home", prefix }));
    },
    async unhome(prefix) {
      assertOpen();
      await waitFor(file, `unhome ${quoteForMessage(prefix)}`, backend.write({ kind: "unhome", prefix }));
    },
    async find(query) {
      assertOpen();
      return find(query);
    },
    close,
    audit: createAudit(backend, file, part),
  };
}
