export type { TransportOptions } from "./options.ts";
export type { Repetition } from "./repeat.ts";
export { createTransport, type SendOptions, type Transport } from "./transport.ts";
