export type { TransportOptions } from "./options.ts";
export { createTransport, type SendOptions, type Transport } from "./transport.ts";
