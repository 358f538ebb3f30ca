import { createHash } from "node:crypto";
import { auditDigestInput, formatAuditEntry, retentionEntry } from "@handlekit/core/store";
import type { SqlDriver } from "../driver/driver.ts";

/** An audit entry as text, and its time in milliseconds since 1970. */
export interface AuditText {
  readonly text: string;
  readonly time: number;
}

/** The statements that write the audit. Run them in a transaction. */
export interface AuditTable {
  /**
   * Writes an entry at the end of the chain. Returns its number.
   *
   * @param before the number of the entry before of the same record
   */
  append(entry: AuditText, before: number | undefined): number;
  /** Removes the oldest entries up to a time, at most `REMOVED_AT_ONCE`. Returns how many these were. */
  removeBefore(time: number): number;
  /** Call it after a transaction that failed. */
  reset(): void;
}

/** The entries that one call of `removeBefore` removes at most, so that writes do not wait for long. */
export const REMOVED_AT_ONCE = 5000;

const NO_DIGEST = new Uint8Array();
const hex = (digest: Uint8Array) => Buffer.from(digest).toString("hex");

interface Head {
  readonly number: number;
  readonly digest: Uint8Array;
}

/** Prepares the statements. */
export function openAuditTable(driver: SqlDriver): AuditTable {
  const insert = driver.prepare(
    "INSERT INTO audit (number, before, time, entry, previous, digest) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const readLast = driver.prepare("SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1");
  const readFirst = driver.prepare("SELECT min(number) FROM audit");
  const readDigest = driver.prepare("SELECT digest FROM audit WHERE number = ?");
  const readKept = driver.prepare(
    "SELECT min(number) FROM audit WHERE number >= ? AND number < ? AND time >= ?",
  );
  const remove = driver.prepare("DELETE FROM audit WHERE number <= ?");
  const forget = driver.prepare("DELETE FROM audit_removed WHERE number <= ?");
  let known: Head | undefined;

  function head(): Head {
    if (known === undefined) {
      const [number = 0, digest = NO_DIGEST] = readLast.get([]) ?? [];
      known = { number: Number(number), digest: digest as Uint8Array };
    }
    return known;
  }

  function append({ text, time }: AuditText, before: number | undefined): number {
    const last = head();
    const number = last.number + 1;
    const input = auditDigestInput(number, hex(last.digest), text);
    const digest = new Uint8Array(createHash("sha256").update(input).digest());
    insert.run([number, before ?? null, time, text, last.digest, digest]);
    known = { number, digest };
    return number;
  }

  return {
    append,
    removeBefore(time) {
      const first = readFirst.get([])?.[0];
      if (typeof first !== "number") return 0;
      const end = Math.min(first + REMOVED_AT_ONCE, head().number);
      const kept = readKept.get([first, end, time])?.[0];
      const upTo = (typeof kept === "number" ? kept : end) - 1;
      if (upTo < first) return 0;
      const digest = readDigest.get([upTo])?.[0] as Uint8Array;
      const now = new Date();
      const entry = retentionEntry(now, { count: upTo, digest: hex(digest) });
      append({ text: formatAuditEntry(entry), time: now.getTime() }, undefined);
      remove.run([upTo]);
      forget.run([upTo]);
      return upTo - first + 1;
    },
    reset() {
      known = undefined;
    },
  };
}
