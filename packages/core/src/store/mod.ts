export { createGroupQueue, type GroupQueue } from "../group-queue.ts";
export type { HandleKey } from "../handle.ts";
export { decodeRecord, encodeRecord } from "../value/record.ts";
export type { StoredValue } from "../value/value.ts";
export type {
  AuditEntry,
  AuditTrail,
  ChainedEntry,
  HandleStore,
  RecordValues,
  Revision,
  StoredRecord,
  ValueQuery,
} from "./handle-store.ts";
export { isReservedType, matchesQuery } from "./matches-query.ts";
export type { OpenedStore, StateEntry, StateStore } from "./state-store.ts";
export { type UpdateOptions, updateRecord, updateState } from "./update.ts";
