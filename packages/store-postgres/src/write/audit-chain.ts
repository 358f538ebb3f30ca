import { createHash } from "node:crypto";
import { type AuditEntry, auditDigestInput, formatAuditEntry, type HandleKey } from "@handlekit/core/store";
import { columnsOf } from "../database/columns-of.ts";
import type { Statement, Transaction } from "../database/database.ts";
import { AUDIT_BUCKET } from "../database/schema.ts";
import { bytesOf } from "../rows/value-row.ts";

/** An audit entry as text, and its time in milliseconds since 1970. */
export interface AuditText {
  readonly text: string;
  readonly time: number;
}

/** Makes the text of an entry. */
export const auditText = (entry: AuditEntry): AuditText => ({
  text: formatAuditEntry(entry),
  time: entry.time.getTime(),
});

/** The end of the chain. */
interface End {
  readonly number: number;
  /** In hex; empty if there is no entry. */
  readonly digest: string;
}

const INSERT: Statement = {
  name: "insert-audit",
  text: `INSERT INTO handlekit_audit (number, handle, time, entry, previous, digest)
    SELECT * FROM unnest($1::int8[], $2::bytea[], $3::int8[], $4::bytea[], $5::bytea[], $6::bytea[])`,
};

const LOCK_AND_READ = `SELECT FROM handlekit_locks WHERE bucket = ${AUDIT_BUCKET} FOR UPDATE;
  SELECT number, encode(digest, 'hex') FROM handlekit_audit ORDER BY number DESC LIMIT 1`;

/** Locks the chain until the end of the transaction, and resolves to its end. */
export async function lockAudit({ script }: Transaction): Promise<End> {
  const [row] = (await script(LOCK_AND_READ)).rows;
  return row === undefined ? { number: 0, digest: "" } : { number: Number(row[0]), digest: String(row[1]) };
}

/**
 * Writes entries at the end of the chain, which stays locked until the end of the transaction.
 *
 * @param entries with the record that each belongs to, if it belongs to one
 */
export async function appendAudit(
  transaction: Transaction,
  entries: readonly (AuditText & { readonly key?: HandleKey | undefined })[],
): Promise<void> {
  let { number, digest } = await lockAudit(transaction);
  const rows = entries.map(({ text, time, key }) => {
    number++;
    const previous = Buffer.from(digest, "hex");
    const own = createHash("sha256")
      .update(auditDigestInput(number, digest, text))
      .digest();
    digest = own.toString("hex");
    return [number, key === undefined ? null : bytesOf(key), time, bytesOf(text), previous, own];
  });
  await transaction.run(INSERT, columnsOf(rows, 6));
}
