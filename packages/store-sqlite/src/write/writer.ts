import type { Revision } from "@handlekit/core/store";
import type { SqlDriver } from "../driver/driver.ts";
import { createTransaction } from "../driver/transaction.ts";
import { type AuditText, openAuditTable } from "./audit-table.ts";
import { type Commit, openRecordTable } from "./record-table.ts";
import { openStateTable } from "./state-table.ts";

/** One write, as plain data. */
export type Write =
  | ({ readonly kind: "commit" } & Commit)
  | { readonly kind: "audit"; readonly entry: AuditText }
  | { readonly kind: "removeAudit"; readonly before: number }
  | { readonly kind: "home" | "unhome"; readonly prefix: string }
  | {
      readonly kind: "put";
      readonly key: string;
      readonly value: string;
      readonly expected: Revision | "absent" | "any";
    }
  | { readonly kind: "delete"; readonly key: string }
  | { readonly kind: "next"; readonly sequence: string };

/**
 * The outcome of a write: the number of a revision (0 for a removed record) or of a sequence, the number of audit entries
 * that were removed, "done", or "conflict".
 */
export type WriteOutcome = number | "done" | "conflict";

/** Writes to a file. */
export interface Writer {
  /**
   * Writes a group in one transaction, which is durable when this returns. Conflicts are found one by one, in order.
   *
   * @throws the driver's errors; nothing of the group was written then
   */
  write(group: readonly Write[]): WriteOutcome[];
  /**
   * Adds the next records to the search index, in a transaction that is durable with the next write. Returns how many
   * these were.
   */
  extendIndex(records: number): number;
  /** Returns at least the number of records that are not in the search index yet. */
  unindexed(): number;
}

/** Prepares the statements that write. */
export function createWriter(driver: SqlDriver): Writer {
  const inTransaction = createTransaction(driver);
  const audit = openAuditTable(driver);
  const records = openRecordTable(driver, audit);
  const state = openStateTable(driver);

  function apply(write: Write): WriteOutcome {
    switch (write.kind) {
      case "commit":
        return records.commit(write) ?? "conflict";
      case "audit":
        audit.append(write.entry, undefined);
        return "done";
      case "removeAudit":
        return audit.removeBefore(write.before);
      case "home":
        records.home(write.prefix);
        return "done";
      case "unhome":
        records.unhome(write.prefix);
        return "done";
      case "put":
        return state.put(write.key, write.value, write.expected);
      case "delete":
        state.remove(write.key);
        return "done";
      case "next":
        return state.next(write.sequence);
    }
  }

  function attempt<T>(work: () => T): T {
    try {
      return inTransaction(() => {
        const result = work();
        records.finish();
        return result;
      });
    } catch (error) {
      records.reset();
      audit.reset();
      throw error;
    }
  }

  return {
    write: (group) => attempt(() => group.map(apply)),
    extendIndex(count) {
      driver.exec("PRAGMA synchronous = NORMAL");
      try {
        return attempt(() => records.extendIndex(count));
      } finally {
        driver.exec("PRAGMA synchronous = FULL");
      }
    },
    unindexed: () => records.unindexed(),
  };
}
