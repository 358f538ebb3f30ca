import { encodeValues, handleKey, type StoredValue } from "@handlekit/core";
import { type AuditTrail, auditEntry, type HandleStore } from "@handlekit/core/store";
import type { AuditCommands } from "../src/audit/audit-commands.ts";
import { createAuditCommands } from "../src/audit/audit-commands.ts";
import { type CareCommands, createCareCommands } from "../src/care/care-commands.ts";
import type { LongCommandContext } from "../src/command-context.ts";

export const ADMIN = { index: 300, handle: "20.500.12345/ADMIN" };

/** The values of a record with a number: a public one, and a secret key. */
export function numbered(number: number): StoredValue[] {
  return encodeValues(
    [
      { index: 1, type: "URL", data: `https://example.org/${number}` },
      { index: 300, type: "HS_SECKEY", data: `S3CR3T-${number}`, permissions: "1100" },
    ],
    new Date(1_700_000_000_000 + number * 1000),
  );
}

/** The audit of a store that keeps one. */
export function auditOf({ audit }: HandleStore): AuditTrail {
  if (audit === undefined) throw new Error("The store keeps no audit.");
  return audit;
}

/** Creates, changes and removes a record, with three entries, a day apart. */
export async function makeHistory(store: HandleStore, handle: string, day = "2026-01-01"): Promise<void> {
  const key = handleKey(handle);
  const who = { identity: ADMIN, scheme: "basic", address: "192.0.2.7", handle };
  for (let i = 0; i < 3; i++) {
    const record = await store.read(key);
    const after = i < 2 ? numbered(i) : undefined;
    const time = new Date(Date.parse(day) + i * 24 * 60 * 60 * 1000);
    const entry = auditEntry({ ...who, time, before: record?.values, after });
    await store.commit(key, record?.revision ?? "absent", after ?? null, entry);
  }
}

/** The commands, and what they wrote. */
export function createCareAndAudit(): {
  readonly audit: AuditCommands;
  readonly care: CareCommands;
  /** What was printed since the last call. */
  printed(): string[];
  /** What was noted since the last call. */
  notes(): string[];
} {
  const printed: string[] = [];
  const notes: string[] = [];
  const context: LongCommandContext = {
    environment: {},
    print: (text) => void printed.push(text),
    note: (text) => void notes.push(text),
    stopSignal: () => new AbortController().signal,
  };
  return {
    audit: createAuditCommands(context),
    care: createCareCommands(context, "0.0.0"),
    printed: () => printed.splice(0),
    notes: () => notes.splice(0),
  };
}
