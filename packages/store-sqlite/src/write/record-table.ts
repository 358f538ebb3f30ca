import {
  type AuditEntry,
  decodeRecord,
  formatAuditEntry,
  type HandleKey,
  type Revision,
} from "@handlekit/core/store";
import type { SqlDriver, SqlValue } from "../driver/driver.ts";
import { createSearchIndex } from "../search/search-index.ts";
import type { AuditTable, AuditText } from "./audit-table.ts";

/** Stands for the record itself. */
export const RECORD = "record";

/** An audit entry as the parts of which the writer makes a text. */
export interface AuditOfRecord {
  readonly about: Omit<AuditEntry, "before" | "after">;
  readonly before: AuditEntry["before"] | typeof RECORD;
  readonly after: AuditEntry["after"] | typeof RECORD;
  /** In milliseconds since 1970. */
  readonly time: number;
}

/** The change of one record. */
export interface Commit {
  readonly key: HandleKey;
  readonly expected: Revision | "absent";
  /** The encoded record; null removes it. */
  readonly record: Uint8Array | null;
  readonly audit?: AuditText | AuditOfRecord | undefined;
}

/** Returns the text of an entry. */
function textOf(
  entry: AuditText | AuditOfRecord,
  before: Uint8Array | undefined,
  after: Uint8Array | null,
): AuditText {
  if ("text" in entry) return entry;
  const { about, time } = entry;
  const state = (stated: AuditOfRecord["before"], record: Uint8Array | null | undefined) => {
    if (stated !== RECORD) return stated;
    return record ? decodeRecord(record) : undefined;
  };
  const states = { before: state(entry.before, before), after: state(entry.after, after) };
  return { text: formatAuditEntry({ ...about, ...states }), time };
}

/** The number in a revision: revisions are the decimal numbers of writes. Undefined for any other text. */
export function numberOf(revision: Revision): number | undefined {
  return /^[1-9]\d{0,15}$/.test(revision) ? Number(revision) : undefined;
}

/** The statements that change records. Run them in a transaction. */
export interface RecordTable {
  /** Returns the number of the new revision, 0 if the record is removed, undefined if it is not as expected. */
  commit(commit: Commit): number | undefined;
  home(prefix: string): void;
  unhome(prefix: string): void;
  /** Adds the next records to the search index. Returns how many these were. */
  extendIndex(records: number): number;
  /** Returns at least the number of records that are not in the search index yet. */
  unindexed(): number;
  /** Call it at the end of each transaction. */
  finish(): void;
  /** Call it after a transaction that failed. */
  reset(): void;
}

/** Prepares the statements. Revisions are counted in the file, so that none is used twice. */
export function openRecordTable(driver: SqlDriver, audit: Pick<AuditTable, "append">): RecordTable {
  const index = createSearchIndex(driver);
  const read = driver.prepare("SELECT revision, rowid, record, audit FROM records WHERE key = ?");
  const insert = driver.prepare(
    "INSERT INTO records (rowid, key, revision, record, audit) VALUES (?, ?, ?, ?, ?)",
  );
  const update = driver.prepare("UPDATE records SET revision = ?, record = ?, audit = ? WHERE rowid = ?");
  const remove = driver.prepare("DELETE FROM records WHERE rowid = ?");
  // The last entry of a record that was removed, so that its history goes on when it is created again.
  const takeRemoved = driver.prepare("DELETE FROM audit_removed WHERE key = ? RETURNING number");
  const addRemoved = driver.prepare("INSERT INTO audit_removed (key, number) VALUES (?, ?)");
  const readLast = driver.prepare("SELECT value FROM last_revision");
  const writeLast = driver.prepare("UPDATE last_revision SET value = ?");
  const addPrefix = driver.prepare("INSERT INTO prefixes (prefix) VALUES (?) ON CONFLICT DO NOTHING");
  const removePrefix = driver.prepare("DELETE FROM prefixes WHERE prefix = ?");
  let last: number | undefined;
  let saved: number | undefined;

  function lastRevision(): number {
    last ??= saved = Number(readLast.get([])?.[0]);
    return last;
  }

  /** Writes the audit entry of a change. Returns the number of the record's last entry. */
  function entryAfter(
    last: SqlValue | undefined,
    { record, audit: entry }: Commit,
    before: Uint8Array | undefined,
  ): number | null {
    const number = typeof last === "number" ? last : undefined;
    return entry === undefined ? (number ?? null) : audit.append(textOf(entry, before, record), number);
  }

  return {
    commit(commit) {
      const { key, expected, record } = commit;
      const row = read.get([key]);
      const revision = row === undefined ? undefined : Number(row[0]);
      if (revision !== (expected === "absent" ? undefined : (numberOf(expected) ?? -1))) return undefined;
      if (row === undefined) {
        if (record === null) return 0;
        const number = entryAfter(takeRemoved.get([key])?.[0], commit, undefined);
        last = lastRevision() + 1;
        insert.run([last, key, last, record, number]);
        return last;
      }
      const id = Number(row[1]);
      const before = row[2] as Uint8Array;
      const number = entryAfter(row[3], commit, before);
      index.replace(id, key, before, record);
      if (record === null) {
        remove.run([id]);
        if (number !== null) addRemoved.run([key, number]);
        return 0;
      }
      last = lastRevision() + 1;
      update.run([last, record, number, id]);
      return last;
    },
    home(prefix) {
      addPrefix.run([prefix]);
    },
    unhome(prefix) {
      removePrefix.run([prefix]);
    },
    extendIndex: (records) => index.extend(records, lastRevision()),
    unindexed: () => lastRevision() - index.indexed(),
    finish() {
      if (last === undefined || last === saved) return;
      writeLast.run([last]);
      saved = last;
    },
    reset() {
      last = undefined;
      saved = undefined;
      index.reset();
    },
  };
}
