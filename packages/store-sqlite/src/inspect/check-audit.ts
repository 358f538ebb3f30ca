import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type AuditHead,
  type AuditVerification,
  type ChainedEntry,
  verifyAudit,
} from "@handlekit/core/store";
import type { SqlDriver } from "../driver/driver.ts";
import { AUDIT_COLUMNS, entryOf } from "../read/audit-reader.ts";
import type { Problems } from "./problems.ts";

/** An entry has two whole records, which may be large. */
const PAGE = 100;

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

/** Checks the chain of the audit, and that each of its entries can be read. */
export async function checkAudit(
  driver: SqlDriver,
  problems: Problems,
  { head, signal }: { readonly head?: AuditHead | undefined; readonly signal?: AbortSignal | undefined },
): Promise<AuditVerification> {
  const page = driver.prepare(`SELECT ${AUDIT_COLUMNS} FROM audit WHERE number > ? ORDER BY number LIMIT ?`);

  async function* entries(): AsyncGenerator<ChainedEntry> {
    for (let after = 0; ; ) {
      signal?.throwIfAborted();
      const rows = page.all([after, PAGE]);
      for (const row of rows) {
        after = Number(row[0]);
        let entry: ChainedEntry;
        try {
          entry = entryOf(row);
        } catch {
          problems.add(`audit entry ${after}`, "it cannot be read");
          continue;
        }
        yield entry;
      }
      if (rows.length < PAGE) return;
      await nextTurn();
    }
  }

  const result = await verifyAudit(entries(), { head, sha256 });
  for (const { number, reason } of result.problems) problems.add(`audit entry ${number}`, reason);
  return result;
}
