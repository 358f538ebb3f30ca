export { type CreateFetchOptions, createFetch, type TransportFetch } from "./create-fetch.ts";
export type { FetchLike, FetchLikeInit, FetchLikeResponse } from "./engine/by-fetch.ts";
export type { Repetition } from "./repeat.ts";
export type { SendOptions, Transport } from "./send.ts";
export { createTransport, type TransportOptions } from "./transport.ts";
