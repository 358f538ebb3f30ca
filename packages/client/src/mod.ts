export type { NewValue, NewValues } from "./allocate-indexes.ts";
export type { Bulk, BulkOptions, BulkOutcome, BulkReport } from "./bulk/bulk.ts";
export type { BulkOperation } from "./bulk/operation.ts";
export type { Change, ValueDifference } from "./change.ts";
export { createClient, type HandleClient } from "./client.ts";
export { digestOf } from "./digest.ts";
export type { HandleLocations } from "./handle-locations.ts";
export type { ListOptions } from "./list-handles.ts";
export { type MintOptions, uuid7 } from "./mint.ts";
export type { SearchHandles, SearchHandlesOptions, SearchTerms } from "./search-handles.ts";
export type {
  CallOptions,
  ClientCredentials,
  ClientOptions,
  CreateOptions,
  DeleteOptions,
  DeleteValuesOptions,
  HandleRecord,
  ModifyOptions,
  ReadOptions,
  RecordOrError,
  SearchOptions,
  WriteOptions,
} from "./types.ts";
