export { createArdcClient } from "./client.ts";
export type {
  ArdcClient,
  ArdcClientOptions,
  ArdcIdentifier,
  ArdcProperty,
  ArdcType,
  CallOptions,
  ListOptions,
  MintOnceOptions,
  MintOnceResult,
  MintOptions,
} from "./types.ts";
