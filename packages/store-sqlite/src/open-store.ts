import { setImmediate } from "node:timers";
import { HandleError, hasLoneSurrogate, quoteForMessage } from "@handlekit/core";
import { createGroupQueue, encodeRecord, type HandleStore } from "@handlekit/core/store";
import type { SqlDriver } from "./driver/driver.ts";
import { storeFailure } from "./failure.ts";

import { type Commit, createGroupWriter } from "./group-writer.ts";
import { closeFile } from "./open-file.ts";
import { createRecordReader } from "./record-reader.ts";

/**
 * Opens the records on a connection whose schema is prepared. Commits of one turn of the event loop are one transaction.
 *
 * @param file the name of the file for error messages
 */
export function openStore(driver: SqlDriver, file: string): HandleStore {
  const reader = createRecordReader(driver);
  const writeGroup = createGroupWriter(driver);
  const addPrefix = driver.prepare("INSERT INTO prefixes (prefix) VALUES (?) ON CONFLICT DO NOTHING");
  const removePrefix = driver.prepare("DELETE FROM prefixes WHERE prefix = ?");
  let closing: Promise<void> | undefined;

  function attempt<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeFailure(file, what, error);
    }
  }

  function checkOpen(): void {
    if (closing) throw new HandleError("store_failed", { message: `The store ${file} is closed.` });
  }

  const queue = createGroupQueue(
    (commits: readonly Commit[]) => attempt("write", () => writeGroup(commits)),
    setImmediate,
  );

  return {
    async read(key) {
      checkOpen();
      return attempt(`read ${quoteForMessage(key)}`, () => reader.read(key));
    },
    async commit(key, expected, next) {
      checkOpen();
      if (hasLoneSurrogate(key)) {
        throw new HandleError("invalid_handle", {
          message: `${quoteForMessage(key)} cannot be a key: it contains a lone surrogate.`,
          hint: "Check where the handle was cut.",
        });
      }
      return queue.add({ key, expected, record: next && encodeRecord(next) });
    },
    async list(prefix, after, limit) {
      checkOpen();
      return attempt(`list ${quoteForMessage(prefix)}`, () => reader.list(prefix, after, limit));
    },
    async prefixes() {
      checkOpen();
      return attempt("read its prefixes", () => reader.prefixes());
    },
    async home(prefix) {
      checkOpen();
      attempt(`home ${quoteForMessage(prefix)}`, () => addPrefix.run([prefix]));
    },
    async unhome(prefix) {
      checkOpen();
      attempt(`unhome ${quoteForMessage(prefix)}`, () => removePrefix.run([prefix]));
    },
    close() {
      closing ??= queue.idle().then(() => attempt("close", () => closeFile(driver)));
      return closing;
    },
  };
}
