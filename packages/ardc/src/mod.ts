export type { ArdcIdentifier, ArdcProperty } from "@handlekit/xml";
export type { CallOptions } from "./call.ts";
export {
  type ArdcClient,
  type ArdcClientOptions,
  createArdcClient,
} from "./client.ts";
export type { ArdcClientCredentials } from "./credentials.ts";
export type { ListOptions } from "./list-handles.ts";
export type { MintOptions } from "./mint.ts";
export type { MintOnceOptions, MintOnceResult } from "./mint-once.ts";
export type { ArdcType } from "./values.ts";
