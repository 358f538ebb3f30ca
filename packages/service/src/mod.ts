export {
  type ArdcClients,
  type Claim,
  type ClientEntry,
  createArdcClients,
  type KeptSecret,
  type NewClient,
  type RegisteredClient,
} from "./ardc/access/clients.ts";
export { grantArdcIdentity } from "./ardc/access/identities.ts";
export type { ArdcOptions } from "./ardc/ardc.ts";
export { forgetArdcIndex } from "./ardc/records/owner-index.ts";
export type {
  Connection,
  FailedLogin,
  RequestProblem,
  ServiceEvent,
  ServiceRequest,
  ServiceResponse,
} from "./http/message.ts";
export type { MountOptions } from "./http/mount.ts";
export type { FailedLoginLimits } from "./identify/attempts.ts";
export {
  type EndSessionsOptions,
  endSessions,
  type ListSessionsOptions,
  listSessions,
  type OpenSession,
} from "./identify/open-sessions.ts";
export type { SearchAccount, SearchOptions } from "./identify/search-login.ts";
export { openMemory } from "./memory.ts";
export type { HandleService } from "./routes.ts";
export {
  createHandleResolver,
  createHandleService,
  type HandleResolverOptions,
  type HandleServiceOptions,
} from "./service.ts";
