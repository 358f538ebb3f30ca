export { type AuthStrategySubject, describeAuthStrategy } from "./describe-auth-strategy.ts";
export { describeState, type StateSubject } from "./describe-state.ts";
export { describeTransport } from "./describe-transport.ts";
export type { Fault, FaultPlan, FaultRequest } from "./fault.ts";
export { everyNth, withProbability } from "./fault-plan.ts";
export { createFaultServer, type FaultServer, type FaultServerOptions } from "./fault-server.ts";
export { describeStore, type StoreSubject } from "./store/describe-store.ts";
export type { Expectation, TestApi } from "./test-api.ts";
export type { TransportLike, TransportSubject } from "./transport-suite.ts";
