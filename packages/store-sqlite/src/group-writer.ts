import type { HandleKey, Revision } from "@handlekit/core/store";
import type { SqlDriver } from "./driver/driver.ts";
import { createTransaction } from "./driver/transaction.ts";

/** One commit of a group. */
export interface Commit {
  readonly key: HandleKey;
  readonly expected: Revision | "absent";
  /** The encoded record; null removes it. */
  readonly record: Uint8Array | null;
}

/** The result of one commit. */
export type CommitOutcome = "done" | "conflict";

/** The number in a revision: revisions are the decimal numbers of writes. Undefined for any other text. */
export function numberOf(revision: Revision): number | undefined {
  return /^[1-9]\d{0,15}$/.test(revision) ? Number(revision) : undefined;
}

/**
 * Creates a function that writes a group of commits in one transaction and detects conflicts one by one, in order.
 * Revisions are counted in the file, so that none is used twice.
 */
export function createGroupWriter(driver: SqlDriver): (commits: readonly Commit[]) => CommitOutcome[] {
  const inTransaction = createTransaction(driver);
  const exists = driver.prepare("SELECT 1 FROM records WHERE key = ?");
  const insert = driver.prepare(
    "INSERT INTO records (key, revision, record) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const update = driver.prepare("UPDATE records SET revision = ?, record = ? WHERE key = ? AND revision = ?");
  const remove = driver.prepare("DELETE FROM records WHERE key = ? AND revision = ?");
  const readLast = driver.prepare("SELECT value FROM last_revision");
  const writeLast = driver.prepare("UPDATE last_revision SET value = ?");

  function write({ key, expected, record }: Commit, revision: number): boolean {
    if (expected === "absent") {
      if (record === null) return exists.get([key]) === undefined;
      return insert.run([key, revision, record]) === 1;
    }
    const known = numberOf(expected);
    if (known === undefined) return false;
    if (record === null) return remove.run([key, known]) === 1;
    return update.run([revision, record, key, known]) === 1;
  }

  return (commits) =>
    inTransaction(() => {
      const last = Number(readLast.get([])?.[0]);
      const outcomes = commits.map((commit, i) => (write(commit, last + 1 + i) ? "done" : "conflict"));
      if (outcomes.includes("done")) writeLast.run([last + commits.length]);
      return outcomes;
    });
}
