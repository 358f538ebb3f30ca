export type { ClientEntry, KeptSecret, RegisteredClient } from "./ardc/access/client-entry.ts";
export { type ArdcClients, type Claim, createArdcClients, type NewClient } from "./ardc/access/clients.ts";
export { grantArdcIdentity } from "./ardc/access/identities.ts";
export { type ArdcOptions, type ArdcService, createArdcService } from "./ardc/create-ardc-service.ts";
export type { Connection, ServiceRequest, ServiceResponse } from "./exchange-types.ts";
export { createMemoryState } from "./memory-state.ts";
export { createMemoryStore } from "./memory-store.ts";
export {
  createHandleResolver,
  type HandleResolver,
  type HandleResolverOptions,
} from "./resolver/create-handle-resolver.ts";
export { createHandleService, type HandleService, type HandleServiceOptions } from "./service.ts";
