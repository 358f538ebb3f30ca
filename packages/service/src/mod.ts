export type { Connection, ServiceRequest, ServiceResponse } from "./exchange-types.ts";
export { createMemoryState } from "./memory-state.ts";
export { createMemoryStore } from "./memory-store.ts";
export {
  createHandleResolver,
  type HandleResolver,
  type HandleResolverOptions,
} from "./resolver/create-handle-resolver.ts";
export { createHandleService, type HandleService, type HandleServiceOptions } from "./service.ts";
