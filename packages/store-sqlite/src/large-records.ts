import {
  type AuditEntry,
  formatAuditEntry,
  type RecordValues,
  type Revision,
  type SizedRecord,
} from "@handlekit/core/store";
import type { AuditText } from "./write/audit-table.ts";
import { type AuditOfRecord, RECORD } from "./write/record-table.ts";

/** Encoded records above this take milliseconds to format, in which nobody is answered. */
const LARGE = 65_536;

/** Returns an entry as text. */
export const textOf = (entry: AuditEntry): AuditText => ({
  text: formatAuditEntry(entry),
  time: entry.time.getTime(),
});

/** Decides which audit entries the writer thread formats. It takes the states from the records that it reads and writes, if these are the same. */
export interface LargeRecords {
  /** Is told of each record that was decoded. */
  decoded(read: SizedRecord): void;
  /** Returns the entry of a change from the record `expected` to `next`, which is `size` bytes long. */
  entryOf(
    entry: AuditEntry,
    expected: Revision | "absent",
    next: { readonly values: RecordValues | null; readonly size: number },
  ): AuditText | AuditOfRecord;
}

/** Creates the decision. */
export function createLargeRecords(): LargeRecords {
  const revisions = new WeakMap<RecordValues, Revision>();
  return {
    decoded({ record, bytes }) {
      if (bytes > LARGE) revisions.set(record.values, record.revision);
    },
    entryOf(entry, expected, next) {
      const { before, after, ...about } = entry;
      const isLarge = next.size > LARGE || (before !== undefined && revisions.has(before));
      if (!isLarge) return textOf(entry);
      // Without secret keys, whose data are left out, the states are the very values of the records.
      const isBefore = before !== undefined && revisions.get(before) === expected;
      const isAfter = after !== undefined && after === next.values;
      const states = { before: isBefore ? RECORD : before, after: isAfter ? RECORD : after } as const;
      return { about, ...states, time: entry.time.getTime() };
    },
  };
}
