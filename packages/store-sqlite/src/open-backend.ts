import { setImmediate } from "node:timers";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Logger } from "@handlekit/core";
import { createGroupQueue } from "@handlekit/core/store";
import type { SqlDriver } from "./driver/driver.ts";
import { openDriver } from "./driver/open-driver.ts";
import { closeFile } from "./file/close-file.ts";
import { createMapping, type Mapping } from "./file/mapping.ts";
import { prepareReader, prepareSchema } from "./file/schema.ts";
import { type AuditReader, createAuditReader } from "./read/audit-reader.ts";
import { createRecordReader, type RecordReader } from "./read/record-reader.ts";
import { createFind, type FindQuery, type FindStep } from "./search/find-step.ts";
import { type Counts, createCounts } from "./statistics.ts";
import { startThread, type Thread } from "./thread/start-thread.ts";
import { createIndexBuilder, type IndexProgress } from "./write/build-index.ts";
import { openStateTable, type StateTable } from "./write/state-table.ts";
import { createWriter, type Write, type WriteOutcome } from "./write/writer.ts";

/** An open file: what is read in the calling thread, and what is written and searched in threads, where there are any. */
export interface Backend {
  readonly records: RecordReader;
  readonly audit: AuditReader;
  readonly state: Pick<StateTable, "get" | "scan">;
  readonly counts: Counts;
  /** Resolves once the write is durable. The writes that wait at the same time are one transaction. */
  write(write: Write): Promise<WriteOutcome>;
  /** Adds records to the search index. Resolves to at least the number of those that are not in it yet. */
  extendIndex(records: number): Promise<number>;
  find(query: FindQuery): Promise<FindStep>;
  /** Resolves once every write has its answer. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Writes and searches. */
type Workers = Omit<Thread, "ended">;

/** Logs how the search index grows. */
function reportTo(log: Logger | undefined, file: string): (progress: IndexProgress) => void {
  return ({ waiting, error }) => {
    if (error === undefined) log?.info("the search index grows", { file, waiting });
    else log?.warn("the search index cannot grow; it is tried again", { file, waiting, error });
  };
}

/** Writes and searches on a connection in the calling thread. */
function onConnection(driver: SqlDriver, report: (progress: IndexProgress) => void): Workers {
  const writer = createWriter(driver);
  const find = createFind(driver);
  const index = createIndexBuilder(writer, report);
  return {
    async write(group) {
      const outcomes = writer.write(group);
      index.wrote();
      return outcomes;
    },
    async extendIndex(records) {
      writer.extendIndex(records);
      return writer.unindexed();
    },
    async find(query) {
      await nextTurn();
      return find(query);
    },
    async close() {
      index.stop();
      closeFile(driver);
    },
  };
}

/** @param mapping that of the connection, if the workers write on another one */
function assemble(driver: SqlDriver, workers: Workers, closeReader: () => void, mapping?: Mapping): Backend {
  const counts = createCounts();
  const write = async (group: readonly Write[]): Promise<readonly WriteOutcome[]> => {
    const begun = performance.now();
    counts.groups++;
    counts.writes += group.length;
    try {
      return await workers.write(group);
    } catch (error) {
      counts.failedGroups++;
      throw error;
    } finally {
      counts.writeMilliseconds += performance.now() - begun;
      mapping?.changed();
    }
  };
  const queue = createGroupQueue(write, setImmediate);
  const records = createRecordReader(driver);
  return {
    counts,
    records: {
      ...records,
      read(key) {
        mapping?.reading();
        return records.read(key);
      },
    },
    audit: createAuditReader(driver),
    state: openStateTable(driver),
    write: (one) => queue.add(one),
    extendIndex: (records) => workers.extendIndex(records),
    find: (query) => workers.find(query),
    idle: () => queue.idle(),
    async close() {
      try {
        await workers.close();
      } finally {
        closeReader();
      }
    },
  };
}

/** Opens a connection and prepares it. Closes it again if that fails. */
async function connect<T>(file: string, prepare: (driver: SqlDriver) => T): Promise<T> {
  const driver = await openDriver(file);
  try {
    return prepare(driver);
  } catch (error) {
    driver.close();
    throw error;
  }
}

/**
 * Opens a file with everything in the calling thread: one in memory, or where threads cannot be started.
 *
 * @throws HandleError if the file is refused; the driver's errors
 */
export function openInline(file: string, log: Logger | undefined): Promise<Backend> {
  return connect(file, (driver) => {
    prepareSchema(driver, file);
    return assemble(driver, onConnection(driver, reportTo(log, file)), () => undefined);
  });
}

/** A writing thread, and a searching one that is started with the first search. */
function withSearch(writing: Thread, file: string): Workers {
  let searching: Promise<Thread> | undefined;
  const start = async () => {
    const thread = await startThread({ role: "search", file }, () => undefined);
    if (thread === undefined) throw new Error("the thread that searches could not be started");
    return thread;
  };
  return {
    write: (group) => writing.write(group),
    extendIndex: (records) => writing.extendIndex(records),
    async find(query) {
      searching ??= start();
      try {
        return await (await searching).find(query);
      } catch (error) {
        // A thread that has failed is started anew with the next search.
        if ((await searching.catch(() => undefined))?.ended !== false) searching = undefined;
        throw error;
      }
    },
    async close() {
      await (await searching?.catch(() => undefined))?.close();
      await writing.close();
    },
  };
}

/**
 * Opens a file, with a thread that writes, so that reads wait neither for the disk nor for a lock.
 *
 * @throws HandleError if the file is refused; the driver's errors
 */
export async function openBackend(file: string, log: Logger | undefined): Promise<Backend> {
  if (file === ":memory:") return openInline(file, log);
  const writing = await startThread({ role: "write", file }, reportTo(log, file));
  if (writing === undefined) {
    log?.warn("the store writes in the main thread, because its own could not be started", { file });
    return openInline(file, log);
  }
  try {
    return await connect(file, (driver) => {
      prepareReader(driver);
      return assemble(driver, withSearch(writing, file), () => driver.close(), createMapping(driver));
    });
  } catch (error) {
    await writing.close().catch(() => undefined);
    throw error;
  }
}
