export { createGroupQueue, type GroupQueue } from "../group-queue.ts";
export type { HandleKey } from "../handle.ts";
export { decodeRecord, encodeRecord } from "../value/record.ts";
export type { StoredValue } from "../value/value.ts";
export {
  type AuditProblem,
  type AuditVerification,
  auditDigestInput,
  retentionEntry,
  verifyAudit,
} from "./audit-chain.ts";
export { type AuditedChange, auditEntry, formatAuditEntry, parseAuditEntry } from "./audit-entry.ts";
export { createGenerations, type Generations } from "./generations.ts";
export type {
  AuditEntry,
  AuditHead,
  AuditTrail,
  ChainedEntry,
  HandleStore,
  RecordValues,
  Revision,
  StoredRecord,
  ValueQuery,
} from "./handle-store.ts";
export { createHotRecords, type HotRecords, type SizedRecord } from "./hot-records.ts";
export { isReservedType, matchesQuery } from "./matches-query.ts";
export type { OpenedStore, StateEntry, StateStore } from "./state-store.ts";
export { type UpdateOptions, type UpdateRecordOptions, updateRecord, updateState } from "./update.ts";
