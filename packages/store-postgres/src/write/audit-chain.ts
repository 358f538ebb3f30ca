import { createHash } from "node:crypto";
import { type AuditEntry, auditDigestInput, formatAuditEntry, type HandleKey } from "@handlekit/core/store";
import { columnsOf } from "../database/columns-of.ts";
import type { Rows, Statement, Transaction } from "../database/database.ts";
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
export interface End {
  readonly number: number;
  /** In hex; empty if there is no entry. */
  readonly digest: string;
}

const INSERT: Statement = {
  name: "insert-audit",
  text: `INSERT INTO handlekit_audit (number, handle, time, entry, previous, digest)
    SELECT * FROM unnest($1::int8[], $2::bytea[], $3::int8[], $4::bytea[], $5::bytea[], $6::bytea[])`,
};

/** Locks the chain until the end of the transaction, and reads its end. */
export const LOCK_AUDIT: string = `SELECT FROM handlekit_locks WHERE bucket = ${AUDIT_BUCKET} FOR UPDATE;
  SELECT number, encode(digest, 'hex') FROM handlekit_audit ORDER BY number DESC LIMIT 1`;

/** The end of the chain in the result of {@link LOCK_AUDIT}. */
export function endOf({ rows: [row] }: Rows): End {
  return row === undefined ? { number: 0, digest: "" } : { number: Number(row[0]), digest: String(row[1]) };
}

/**
 * Writes entries after the end of the chain, in a transaction that has locked it.
 *
 * @param entries with the record that each belongs to, if it belongs to one
 */
export function appendAudit(
  { send }: Transaction,
  end: End,
  entries: readonly (AuditText & { readonly key?: HandleKey | undefined })[],
): void {
  let { number, digest } = end;
  const rows = entries.map(({ text, time, key }) => {
    number++;
    const previous = Buffer.from(digest, "hex");
    const own = createHash("sha256")
      .update(auditDigestInput(number, digest, text))
      .digest();
    digest = own.toString("hex");
    return [number, key === undefined ? null : bytesOf(key), time, bytesOf(text), previous, own];
  });
  send(INSERT, columnsOf(rows, 6));
}
