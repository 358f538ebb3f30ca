import { setImmediate } from "node:timers";
import { HandleError, quoteForMessage } from "@handlekit/core";
import { createGroupQueue, type StateStore } from "@handlekit/core/store";
import type { SqlDriver } from "./driver/driver.ts";
import { createTransaction } from "./driver/transaction.ts";
import { storeFailure } from "./failure.ts";

import { closeFile } from "./open-file.ts";
import { openStateTable } from "./state-table.ts";

/**
 * Opens the state on a connection whose schema is prepared. Changes of one turn of the event loop are one transaction.
 *
 * @param file the name of the file for error messages
 */
export function openState(driver: SqlDriver, file: string): StateStore & { close(): Promise<void> } {
  const table = openStateTable(driver);
  const inTransaction = createTransaction(driver);
  let closing: Promise<void> | undefined;

  function checkOpen(): void {
    if (closing) throw new HandleError("store_failed", { message: `The store ${file} is closed.` });
  }

  function attempt<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeFailure(file, what, error);
    }
  }

  const queue = createGroupQueue(
    (changes: readonly (() => unknown)[]) =>
      attempt("write its state", () => inTransaction(() => changes.map((change) => change()))),
    setImmediate,
  );

  /** Runs a change in one transaction with the others of this turn. */
  async function change<T>(work: () => T): Promise<T> {
    checkOpen();
    return (await queue.add(work)) as T;
  }

  return {
    async get(key) {
      checkOpen();
      return attempt(`read the state of ${quoteForMessage(key)}`, () => table.get(key));
    },
    async scan(prefix, after, limit) {
      checkOpen();
      return attempt(`list the state of ${quoteForMessage(prefix)}`, () => table.scan(prefix, after, limit));
    },
    put: (key, value, expected) => change(() => table.put(key, value, expected)),
    delete: (key) => change(() => table.remove(key)),
    next: (sequence) => change(() => table.next(sequence)),
    close() {
      closing ??= queue.idle().then(() => attempt("close", () => closeFile(driver)));
      return closing;
    },
  };
}
