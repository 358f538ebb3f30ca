import { type AuditHead, type ChainedEntry, type HandleKey, parseAuditEntry } from "@handlekit/core/store";
import type { SqlDriver, SqlValue } from "../driver/driver.ts";
import { sqlLimit } from "./text-of.ts";

/** Reads the audit. */
export interface AuditReader {
  read(after: number, limit: number): ChainedEntry[];
  history(key: HandleKey, before: number, limit: number): ChainedEntry[];
  head(): AuditHead;
}

const hex = (digest: unknown) => Buffer.from(digest as Uint8Array).toString("hex");

/** The columns from which {@link entryOf} makes an entry. */
export const AUDIT_COLUMNS = "number, before, entry, previous, digest";

/** Returns the entry in a row. @throws HandleError `invalid_value` if it is damaged */
export function entryOf([number, , entry, previous, digest]: readonly SqlValue[]): ChainedEntry {
  return {
    entry: parseAuditEntry(String(entry)),
    number: Number(number),
    digest: hex(digest),
    previous: hex(previous),
  };
}

/** Prepares the statements that read. */
export function createAuditReader(driver: SqlDriver): AuditReader {
  const columns = `SELECT ${AUDIT_COLUMNS} FROM audit`;
  const range = driver.prepare(`${columns} WHERE number > ? ORDER BY number LIMIT ?`);
  const one = driver.prepare(`${columns} WHERE number = ?`);
  const newest = driver.prepare(
    "SELECT audit FROM records WHERE key = ? UNION ALL SELECT number FROM audit_removed WHERE key = ?",
  );
  const before = driver.prepare("SELECT before FROM audit WHERE number = ?");
  const last = driver.prepare("SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1");

  return {
    read: (after, limit) => range.all([after, sqlLimit(limit)]).map(entryOf),
    history(key, end, limit) {
      const found: ChainedEntry[] = [];
      let number = newest.get([key, key])?.[0];
      while (typeof number === "number" && number >= end) number = before.get([number])?.[0];
      while (typeof number === "number" && found.length < limit) {
        const row = one.get([number]);
        if (row === undefined) break;
        found.push(entryOf(row));
        number = row[1];
      }
      return found;
    },
    head() {
      const [number = 0, digest = new Uint8Array()] = last.get([]) ?? [];
      return { count: Number(number), digest: hex(digest) };
    },
  };
}
