export { type AuthStrategySubject, describeAuthStrategy } from "./describe-auth-strategy.ts";
export { describeStore, type StoreSubject } from "./describe-store.ts";
export { describeTransport, type TransportLike, type TransportSubject } from "./describe-transport.ts";
export type { Expectation, TestApi } from "./test-api.ts";
