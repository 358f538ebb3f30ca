export type { Connection, ServiceRequest, ServiceResponse } from "./exchange-types.ts";
export { createMemoryState } from "./memory-state.ts";
export { createMemoryStore } from "./memory-store.ts";
export { createHandleService, type HandleService, type HandleServiceOptions } from "./service.ts";
