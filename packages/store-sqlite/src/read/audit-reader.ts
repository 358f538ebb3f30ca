import { type AuditHead, type ChainedEntry, type HandleKey, parseAuditEntry } from "@handlekit/core/store";
import type { SqlDriver } from "../driver/driver.ts";
import { sqlLimit } from "./text-of.ts";

/** Reads the audit. */
export interface AuditReader {
  read(after: number, limit: number): ChainedEntry[];
  history(key: HandleKey, before: number, limit: number): ChainedEntry[];
  head(): AuditHead;
}

const hex = (digest: unknown) => Buffer.from(digest as Uint8Array).toString("hex");

/** Prepares the statements that read. */
export function createAuditReader(driver: SqlDriver): AuditReader {
  const columns = "SELECT number, before, entry, previous, digest FROM audit";
  const range = driver.prepare(`${columns} WHERE number > ? ORDER BY number LIMIT ?`);
  const one = driver.prepare(`${columns} WHERE number = ?`);
  const newest = driver.prepare(
    "SELECT audit FROM records WHERE key = ? UNION ALL SELECT number FROM audit_removed WHERE key = ?",
  );
  const before = driver.prepare("SELECT before FROM audit WHERE number = ?");
  const last = driver.prepare("SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1");

  type Row = NonNullable<ReturnType<typeof one.get>>;
  const entryOf = ([number, , entry, previous, digest]: Row): ChainedEntry => ({
    entry: parseAuditEntry(String(entry)),
    number: Number(number),
    digest: hex(digest),
    previous: hex(previous),
  });

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
