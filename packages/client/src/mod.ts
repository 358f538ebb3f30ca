export type { NewValue, NewValues } from "./allocate-indexes.ts";
export { createClient } from "./client.ts";
export { strategyFor } from "./strategy.ts";
export type {
  CallOptions,
  ClientCredentials,
  ClientOptions,
  CreateOptions,
  HandleClient,
  HandleRecord,
  ModifyOptions,
  ReadOptions,
  WriteResult,
} from "./types.ts";
