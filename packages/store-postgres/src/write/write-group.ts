import { createHash } from "node:crypto";
import { encodeRecord, type HandleKey, type RecordValues, type Revision } from "@handlekit/core/store";
import { columnsOf } from "../database/columns-of.ts";
import type { Database, Rows, Statement, Transaction } from "../database/database.ts";
import { BUCKETS } from "../database/schema.ts";
import { type FoundRecord, type Row, recordsOf, selectRows } from "../read/rows-of-records.ts";
import type { RevisionOf } from "../rows/revisions.ts";
import { bytesOf, COLUMNS, rowOf, type ValueRow } from "../rows/value-row.ts";
import { type AuditText, appendAudit, endOf, LOCK_AUDIT } from "./audit-chain.ts";

/** The change of one record. */
export interface Commit {
  readonly key: HandleKey;
  readonly expected: Revision | "absent";
  readonly next: RecordValues | null;
  readonly audit: AuditText | undefined;
}

/** The new revision, "removed", or "conflict". */
export type CommitOutcome = { readonly revision: Revision } | "removed" | "conflict";

const READ: Statement = { name: "read-for-update", text: selectRows("FOR UPDATE") };
const REMOVE: Statement = {
  name: "remove-values",
  text: `DELETE FROM handles USING unnest($1::bytea[], $2::int4[]) AS gone (handle, idx)
    WHERE handles.handle = gone.handle AND handles.idx = gone.idx`,
};
const TYPES = "bytea int4 bytea bytea int2 int4 int4 text bool bool bool bool".split(" ");
const INSERT: Statement = {
  name: "insert-values",
  text: `INSERT INTO handles (${COLUMNS}) SELECT * FROM unnest(${TYPES.map((type, i) => `$${i + 1}::${type}[]`).join(", ")})`,
};
const FILL: Statement = {
  name: "remove-empty",
  text: "DELETE FROM handlekit_empty WHERE handle = ANY($1::bytea[])",
};
const EMPTY: Statement = {
  name: "insert-empty",
  text: "INSERT INTO handlekit_empty SELECT * FROM unnest($1::bytea[]) ON CONFLICT DO NOTHING",
};

/** The row of `handlekit_locks` that is locked to change a record, from 1. */
function bucketOf(key: HandleKey): number {
  return (createHash("md5").update(key).digest().readUInt32BE(0) & (BUCKETS - 1)) + 1;
}

/**
 * Returns the statement that locks records against other processes of this package. The rows of values cannot be locked
 * in their place: a record that is absent has none. In ascending order, so that two of these never wait for each other.
 */
function lockStatement(keys: Iterable<HandleKey>): string {
  const buckets = [...new Set([...keys].map(bucketOf))];
  return `SELECT FROM handlekit_locks WHERE bucket IN (${buckets}) ORDER BY bucket FOR UPDATE`;
}

/** A record in the transaction. */
interface Held {
  readonly found: FoundRecord | undefined;
  values: RecordValues | undefined;
}

const sameBytes = (a: RecordValues, b: RecordValues) =>
  Buffer.compare(encodeRecord(a), encodeRecord(b)) === 0;

/** Adds to `gone` and `added` what has to be done so that the rows are those of the record. */
function addDifference(key: HandleKey, { found, values = [] }: Held, gone: Gone[], added: ValueRow[]): void {
  const before = new Map((found?.values ?? []).map((value) => [value.index, value]));
  for (const value of values) {
    const old = before.get(value.index);
    if (old !== undefined && sameBytes([old], [value])) {
      before.delete(value.index);
      continue;
    }
    added.push(rowOf(key, value));
  }
  for (const index of before.keys()) gone.push([bytesOf(key), index]);
}

type Gone = readonly [handle: Uint8Array, idx: number];

function writeRecords({ send }: Transaction, changed: ReadonlyMap<HandleKey, Held>): void {
  const gone: Gone[] = [];
  const added: ValueRow[] = [];
  const filled: Uint8Array[] = [];
  const emptied: Uint8Array[] = [];
  for (const [key, held] of changed) {
    addDifference(key, held, gone, added);
    const isEmpty = held.values?.length === 0;
    if (isEmpty && !held.found?.isEmpty) emptied.push(bytesOf(key));
    if (!isEmpty && held.found?.isEmpty) filled.push(bytesOf(key));
  }
  if (gone.length > 0) send(REMOVE, columnsOf(gone, 2));
  if (added.length > 0) send(INSERT, columnsOf(added, TYPES.length));
  if (filled.length > 0) send(FILL, [filled]);
  if (emptied.length > 0) send(EMPTY, [emptied]);
}

async function readHeld({ run }: Transaction, keys: Iterable<HandleKey>): Promise<Map<HandleKey, Held>> {
  const wanted = [...keys];
  const { rows }: Rows = await run(READ, [wanted.map(bytesOf)]);
  const records = recordsOf(rows as unknown as Row[]);
  return new Map(
    wanted.map((key) => {
      const found = records.get(key);
      return [key, { found, values: found?.values }];
    }),
  );
}

/**
 * Writes a group of commits in one transaction, which is durable when this resolves. Conflicts are found one by one, in
 * order.
 *
 * @param tell is called within the transaction with the records that it changes
 * @throws HandleError `store_failed`; nothing of the group was written then, unless the connection was lost while it
 *   ended
 */
export function writeGroup(
  database: Database,
  revisionOf: RevisionOf,
  commits: readonly Commit[],
  tell?: (transaction: Transaction, keys: readonly HandleKey[]) => void,
): Promise<CommitOutcome[]> {
  const keys = new Set(commits.map(({ key }) => key));
  const locks = [lockStatement(keys)];
  // Last, because everybody who writes entries waits for this one.
  if (commits.some(({ audit }) => audit !== undefined)) locks.push(LOCK_AUDIT);
  const write = async (transaction: Transaction) => {
    const held = await readHeld(transaction, keys);
    const changed = new Map<HandleKey, Held>();
    const entries: (AuditText & { readonly key: HandleKey })[] = [];
    const outcomes = commits.map(({ key, expected, next, audit }): CommitOutcome => {
      const record = held.get(key) as Held;
      const revision = record.values === undefined ? "absent" : revisionOf(record.values);
      if (revision !== expected) return "conflict";
      if (next === null && record.values === undefined) return "removed";
      record.values = next ?? undefined;
      changed.set(key, record);
      if (audit !== undefined) entries.push({ ...audit, key });
      return next === null ? "removed" : { revision: revisionOf(next) };
    });
    if (changed.size > 0) {
      writeRecords(transaction, changed);
      tell?.(transaction, [...changed.keys()]);
    }
    if (entries.length > 0) appendAudit(transaction, endOf(await transaction.begun), entries);
    return outcomes;
  };
  return database.transaction("write", locks.join("; "), write, commits.length);
}
