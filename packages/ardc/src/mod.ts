export { createArdcClient } from "./client.ts";
export type {
  ArdcClient,
  ArdcClientOptions,
  ArdcCredentials,
  ArdcIdentifier,
  ArdcProperty,
  ArdcType,
  CallOptions,
  ListOptions,
  MintOnceOptions,
  MintOnceResult,
  MintOptions,
} from "./types.ts";
