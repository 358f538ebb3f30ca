import { quoteForMessage } from "@handlekit/core";
import {
  type AuditTrail,
  type ChainedEntry,
  formatAuditEntry,
  parseAuditEntry,
  retentionEntry,
} from "@handlekit/core/store";
import type { Database, Rows, Statement } from "./database/database.ts";
import { bytesOf, textOf } from "./rows/value-row.ts";
import { appendAudit, auditText, endOf, LOCK_AUDIT } from "./write/audit-chain.ts";

/** The entries that one call of `removeBefore` removes at most, so that writers do not wait for long. */
const REMOVED_AT_ONCE = 5000;
const HIGHEST = "9223372036854775807";

const COLUMNS = "number, entry, encode(previous, 'hex'), encode(digest, 'hex')";
const READ: Statement = {
  name: "read-audit",
  text: `SELECT ${COLUMNS} FROM handlekit_audit WHERE number > $1 ORDER BY number LIMIT $2`,
};
const HISTORY: Statement = {
  name: "read-history",
  text: `SELECT ${COLUMNS} FROM handlekit_audit WHERE handle = $1 AND number < $2 ORDER BY number DESC LIMIT $3`,
};
const HEAD: Statement = {
  name: "audit-head",
  text: "SELECT number, encode(digest, 'hex') FROM handlekit_audit ORDER BY number DESC LIMIT 1",
};
const FIRST: Statement = { name: "audit-first", text: "SELECT min(number) FROM handlekit_audit" };
const KEPT: Statement = {
  name: "audit-kept",
  text: "SELECT min(number) FROM handlekit_audit WHERE number >= $1 AND number < $2 AND time >= $3",
};
const DIGEST: Statement = {
  name: "audit-digest",
  text: "SELECT encode(digest, 'hex') FROM handlekit_audit WHERE number = $1",
};
const REMOVE: Statement = { name: "remove-audit", text: "DELETE FROM handlekit_audit WHERE number <= $1" };

function entriesOf({ rows }: Rows): ChainedEntry[] {
  return rows.map(([number, entry, previous, digest]) => ({
    entry: parseAuditEntry(textOf(entry)),
    number: Number(number),
    digest,
    previous,
  }));
}

/** A limit or number as PostgreSQL takes it: a whole number that is not negative. */
export function sqlNumber(number: number): string {
  if (!(number >= 1)) return "0";
  return number >= Number.MAX_SAFE_INTEGER ? HIGHEST : String(Math.floor(number));
}

/** Removes the oldest entries up to a time and writes an entry that says so. Resolves to how many were removed. */
function removeBefore(database: Database, time: Date): Promise<number> {
  return database.transaction("remove audit entries", LOCK_AUDIT, async (transaction) => {
    const { run, send } = transaction;
    const end = endOf(await transaction.begun);
    const first = Number((await run(FIRST, [])).rows[0]?.[0] ?? 0);
    if (first === 0) return 0;
    // The last entry is kept: the chain goes on after it.
    const stop = Math.min(first + REMOVED_AT_ONCE, end.number);
    const kept = (await run(KEPT, [first, stop, time.getTime()])).rows[0]?.[0];
    const upTo = Number(kept ?? stop) - 1;
    if (upTo < first) return 0;
    const digest = String((await run(DIGEST, [upTo])).rows[0]?.[0]);
    const now = new Date();
    const entry = retentionEntry(now, { count: upTo, digest });
    appendAudit(transaction, end, [{ text: formatAuditEntry(entry), time: now.getTime() }]);
    send(REMOVE, [upTo]);
    return upTo - first + 1;
  });
}

/** Creates the audit: one chain for all who write to the database, who take turns to add to it. */
export function createAudit(database: Database, assertOpen: () => void): AuditTrail {
  return {
    async read({ after = 0, limit }) {
      assertOpen();
      return entriesOf(await database.read("read its audit", READ, [sqlNumber(after), sqlNumber(limit)]));
    },
    async history({ key, before = Number.POSITIVE_INFINITY, limit }) {
      assertOpen();
      const what = `read the audit of ${quoteForMessage(key)}`;
      const values = [bytesOf(key), sqlNumber(before), sqlNumber(limit)];
      return entriesOf(await database.read(what, HISTORY, values));
    },
    async head() {
      assertOpen();
      const [row] = (await database.read("read its audit", HEAD, [])).rows;
      return row === undefined ? { count: 0, digest: "" } : { count: Number(row[0]), digest: row[1] };
    },
    async add(entry) {
      assertOpen();
      await database.transaction("write its audit", LOCK_AUDIT, async (transaction) => {
        appendAudit(transaction, endOf(await transaction.begun), [auditText(entry)]);
      });
    },
    async removeBefore(time) {
      assertOpen();
      const removed = await removeBefore(database, time);
      return { removed, more: removed === REMOVED_AT_ONCE };
    },
  };
}
